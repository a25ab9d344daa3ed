// `npm run -s psql`: a terminal on the demo database of the trial that `npm start` runs.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// npm runs it in the checkout.
const file = join('.berkut', 'database.url');
let url;
try {
  url = new URL(readFileSync(file, 'utf8').trim());
} catch {
  console.error('There is no trial here: "npm start" makes one, in another terminal.');
  process.exit(1);
}
// By the environment: every local user can see the arguments of a program.
const environment = {
  PGHOST: url.hostname,
  PGPORT: url.port,
  PGUSER: decodeURIComponent(url.username),
  PGPASSWORD: decodeURIComponent(url.password),
  PGSSLMODE: 'disable',
  PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
};
const child = spawn('psql', process.argv.slice(2), { stdio: 'inherit', env: { ...process.env, ...environment } });
child.on('error', () => {
  console.error('psql is not installed: run "npm run setup".');
  process.exitCode = 1;
});
child.on('exit', (code) => (process.exitCode = code ?? 1));
