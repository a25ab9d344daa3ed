import type { Notice } from '../alerts/alert';
import { present } from '../engine/optional/present';
import type { Channel } from './channel';
import { headlineOf, linesOf } from './notice-text';

/** A server that says nothing for so long is not there. */
const TIMEOUT_MS = 30_000;

/**
 * Mails notices, as plain text and as HTML.
 *
 * @param server `smtp://` (with STARTTLS when the server offers it, and never with a password in the clear, but to this
 *   machine) or `smtps://`, user and password in it when needed
 * @param addresses of sender and recipients
 * @param takes which notices it is for
 */
export function mailChannel(
  server: string,
  addresses: { from: string; to: readonly string[] },
  takes: (notice: Notice) => boolean,
): Channel {
  return {
    name: 'mail',
    takes,
    async send(notice) {
      const transport = await transportTo(server);
      try {
        await transport.sendMail({
          from: addresses.from,
          to: [...addresses.to],
          subject: `[Berkut SCC Backups] ${headlineOf(notice)}`,
          text: textOf(notice),
          html: htmlOf(notice),
          // The same for each attempt, so that a mail that arrives twice can be seen to be one.
          messageId: `<${notice.id}@berkut-scc-backups>`,
        });
      } finally {
        transport.close();
      }
    },
  };
}

/**
 * Greets the mail server, encrypts and logs in as a notice would, and sends nothing.
 *
 * @throws the mailer's error
 */
export async function tryMailServer(server: string): Promise<void> {
  const transport = await transportTo(server);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

/** The mailer is loaded by the first mail: a service that sends none does without its memory. */
async function transportTo(server: string) {
  const { createTransport } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  return createTransport({
    host,
    secure: protocol === 'smtps:',
    requireTLS: protocol === 'smtp:' && password !== '' && !isThisMachine(host),
    ...present({
      port: port === '' ? undefined : Number(port),
      auth: username === '' ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function textOf(notice: Notice): string {
  const lines = linesOf(notice);
  if (notice.link === undefined && notice.alert !== 'test') lines.push('What is wrong now: GET /api/backups/integrity');
  return `${lines.join('\n')}\n`;
}

function htmlOf(notice: Notice): string {
  const { link, ...rest } = notice;
  const paragraphs = linesOf(rest).map((line) => `<p>${escapeHtml(line)}</p>`);
  if (link !== undefined) paragraphs.push(`<p><a href="${escapeHtml(link)}">Open Berkut SCC Backups</a></p>`);
  return `<!doctype html><html lang="en"><body><h1 style="font-size:1.2em">${escapeHtml(headlineOf(notice))}</h1>${paragraphs.join('')}</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
