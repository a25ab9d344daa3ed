// Writes docs/bscc.1, the manual page, from the tables that the help of bscc is made of. `--check` writes nothing and fails
// when the page is not what it would be; another directory than this checkout may be named.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const isCheck = process.argv.includes('--check');
const root = process.argv.slice(2).find((argument) => argument !== '--check') ?? checkout;
const { manualPage } = createRequire(import.meta.url)(join(checkout, 'dist/src/cli/manual/manual.js'));

const path = join(root, 'docs/bscc.1');
const page = manualPage();
if (!isCheck) writeFileSync(path, page);
else if (readFileSync(path, 'utf8') !== page) {
  console.error('docs/bscc.1 is not what bscc says of itself: run "npm run docs"');
  process.exitCode = 1;
}
