import { qrCode } from './qr-code';

/** What stands on the page. */
export interface KitFacts {
  /** The key as 64 hex digits. */
  readonly key: string;
  readonly keyId: string;
  /** Keys that older backups need, by their ids; they are not on the page. */
  readonly olderKeyIds: readonly string[];
  /** In the words of the operator. */
  readonly backups: readonly string[];
  readonly tool: {
    readonly version: string;
    readonly sha256: string;
    /** What a shell computes it with. */
    readonly command: string;
  };
  readonly madeAt: Date;
}

const QUARTERS = 4;

/** The drill, from the paper to the data. */
const DRILL = [
  'Take a machine that you trust, without a network if you can, and install Node.js 24 and the client tools of PostgreSQL.',
  'Unpack the service’s package on it, or run its image; <code>bscc</code> needs no service and no configuration.',
  'Compare the checksum of the tool with the one on this page.',
  'Bring the newest backup (<code>*.bscc</code>) from one of the places named on this page.',
  'Make a file for the key that only you can read: <code>(umask 077; cat &gt; key)</code>. Type the four quarters, or scan them, in their order and without spaces.',
  'Name it: <code>export BACKUP_ENCRYPTION_KEY_FILE=key</code>. <code>bscc inspect FILE</code> must show the key id of this page.',
  '<code>bscc verify FILE</code> reads every byte and ends with <code>whole</code>. If it does not, take the backup before.',
  'Have an empty PostgreSQL server, not older than the one that was backed up.',
  '<code>bscc restore FILE --to postgres://USER@HOST:5432/scc</code> loads it and compares the rows; <code>--files-to DIRECTORY</code> brings the files.',
  'Let the application use the new database, look at it together, and then destroy the file with the key.',
] as const;

const STYLE = `
@page { size: A4; margin: 12mm }
* { box-sizing: border-box }
body { font: 10pt/1.35 "DejaVu Sans", Arial, sans-serif; color: #000; background: #fff; margin: 0 auto; max-width: 186mm }
h1 { font-size: 16pt; margin: 0 0 1mm }
h2 { font-size: 11pt; margin: 3.5mm 0 1mm; border-bottom: 0.3mm solid #000 }
p, ul, ol { margin: 1mm 0 }
ul, ol { padding-left: 6mm }
ol { font-size: 9pt }
code, .key { font-family: "DejaVu Sans Mono", "Courier New", monospace; overflow-wrap: anywhere }
code { font-size: 0.92em }
.warning { border: 0.6mm solid #000; padding: 1.5mm 3mm; margin: 2mm 0 }
.quarters { display: flex; gap: 4mm; justify-content: space-between }
.quarters figure { margin: 0; width: 43mm; text-align: center }
.quarters svg { display: block; width: 100% }
.quarters figcaption { font-size: 9pt }
.key { font-size: 9.5pt; font-weight: bold; white-space: nowrap }
.line { border-bottom: 0.2mm solid #000; height: 6mm }
`;

/** The emergency kit as one page of HTML that needs nothing else, and prints on one sheet of A4. */
export function kitPage(facts: KitFacts): string {
  const { key, keyId, olderKeyIds, backups, tool, madeAt } = facts;
  const length = key.length / QUARTERS;
  const quarters = Array.from({ length: QUARTERS }, (_, i) => key.slice(i * length, (i + 1) * length));
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Emergency kit, key ${keyId}</title><style>${STYLE}</style></head>
<body>
<h1>Berkut SCC Backups: emergency kit</h1>
<p>Made ${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC. With this page and one backup, everything can be restored, even if the service and its server are gone.</p>
<p class="warning"><strong>A person who holds this page and a backup can read everything.</strong> Keep it on paper, in a safe or with a notary, in two places far from each other.
<strong>It must not lie</strong> beside the backups or on the server, in a mail, a chat, a ticket, a cloud drive, a shared folder, the memory of a printer, or a photo. Delete the file once it is printed.</p>
<h2>The key, in four quarters</h2>
<p>Key id <code>${keyId}</code>. The four quarters in their order, without spaces, are the key: 64 hex digits, 0–9 and a–f.</p>
<div class="quarters">
${quarters.map((quarter, i) => figure(quarter, i + 1)).join('\n')}
</div>
${olderKeyIds.length === 0 ? '' : `<p>Older backups need the keys ${olderKeyIds.map((id) => `<code>${id}</code>`).join(', ')}, which are not on this page: keep a page for each.</p>`}
<h2>Where the backups are</h2>
${placesOf(backups)}
<h2>The drill</h2>
<ol>
${DRILL.map((line) => `<li>${line}</li>`).join('\n')}
</ol>
<h2>The tool</h2>
<p><code>bscc</code> ${escapeHtml(tool.version)}, SHA-256 <code>${tool.sha256}</code><br>
In the directory of the package, this prints the same: <code>${escapeHtml(tool.command)}</code></p>
</body>
</html>
`;
}

function figure(quarter: string, number: number): string {
  const groups = quarter.match(/.{1,4}/g) ?? [];
  return `<figure>${qrCode(quarter)}<figcaption>${number} of ${QUARTERS}<br><span class="key">${groups.join(' ')}</span></figcaption></figure>`;
}

/** A place that is not known is written by hand. */
function placesOf(backups: readonly string[]): string {
  if (backups.length === 0) return '<p>To be written by hand:</p><p class="line"></p><p class="line"></p>';
  return `<ul>${backups.map((place) => `<li>${escapeHtml(place)}</li>`).join('')}</ul>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
