// Asks the registry for known weaknesses of the packages in the lock file, and fails for each that is not explained in
// audit-exceptions.json: [{"advisory": "GHSA-…", "reason": "why it does not concern us", "until": "2027-01-31"}]. Ends with 75 when
// the registry gives no answer: nothing was found then because nothing was checked.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** As sysexits.h: something outside does not work now. */
const EX_TEMPFAIL = 75;

const exceptions = JSON.parse(readFileSync(process.argv[2] ?? join(here, 'audit-exceptions.json'), 'utf8'));
const today = new Date().toISOString().slice(0, 10);
const { stdout, error } = spawnSync('npm', ['audit', '--audit=true', '--json'], {
  cwd: join(here, '..'),
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const report = parsed(stdout);
if (report?.vulnerabilities === undefined) {
  const reason = report?.message ?? report?.error?.summary ?? error?.message ?? 'no answer';
  console.error(`audit: NOT DONE, the registry could not be asked: ${reason}`);
  process.exit(EX_TEMPFAIL);
}

const advisories = new Map();
for (const { via } of Object.values(report.vulnerabilities)) {
  for (const one of via) {
    // A word names another package of the report, by which this one is concerned.
    if (typeof one !== 'string') advisories.set(one.url.split('/').at(-1), one);
  }
}
let [explained, open] = [0, 0];
for (const [id, { name, severity, title, range }] of advisories) {
  const exception = exceptions.find(({ advisory }) => advisory === id);
  if (exception !== undefined && exception.until >= today) {
    explained += 1;
    console.log(`explained until ${exception.until}: ${id} ${name}: ${exception.reason}`);
    continue;
  }
  open += 1;
  const lapsed = exception === undefined ? '' : ` (the exception ended on ${exception.until})`;
  console.error(`${severity}: ${name} ${range}: ${title}, ${id}${lapsed}`);
}
for (const { advisory } of exceptions) {
  if (!advisories.has(advisory))
    console.log(`${advisory} is not reported any more: take it out of audit-exceptions.json`);
}
console.log(`audit: ${open} open, ${explained} explained`);
process.exitCode = open === 0 ? 0 : 1;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
