import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';

/** What this program is made of, as it runs: `dist/src`, or `src` where it runs from its sources. */
const PROGRAM = join(__dirname, '../..');

/** One digest of all files of the program, and what a shell computes it with in the directory of the package. */
export async function toolChecksum(): Promise<{ sha256: string; command: string }> {
  const extension = extname(__filename);
  const root = PROGRAM.replace(/\/(?:dist\/)?src$/, '');
  const entries = await readdir(PROGRAM, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  const list = createHash('sha256');
  for (const path of paths) {
    const digest = createHash('sha256').update(await readFile(join(root, path)));
    list.update(`${digest.digest('hex')}  ${path}\n`);
  }
  const command = `find ${relative(root, PROGRAM)} -name '*${extension}' -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`;
  return { sha256: list.digest('hex'), command };
}
