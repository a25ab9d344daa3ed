import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');

/** Builds `dist/` unless it is what the sources say. */
export async function build(): Promise<void> {
  await run(process.execPath, [join(ROOT, 'scripts/build-if-needed.mjs')]);
}
