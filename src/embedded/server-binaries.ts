import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where packages of the common systems put the server; `*` stands for one directory name that carries the version. */
const PLACES: readonly (readonly [parent: string, pattern: RegExp, rest: string])[] = [
  ['/usr/lib/postgresql', /^(\d+)$/, 'bin'],
  ['/usr', /^pgsql-(\d+)$/, 'bin'],
  ['/usr/libexec', /^postgresql(\d+)$/, ''],
  ['/opt/homebrew/opt', /^postgresql@(\d+)$/, 'bin'],
  ['/usr/local/opt', /^postgresql@(\d+)$/, 'bin'],
  ['/usr/local', /^pgsql-?(\d*)$/, 'bin'],
  ['/usr', /^()bin$/, ''],
];

/**
 * Directory with `initdb` and `postgres`: of the asked major version when one is given, else of the newest installed.
 *
 * @throws Error that says what to install
 */
export async function findServerBinaries(major?: number): Promise<string> {
  const found: { version: number; directory: string }[] = [];
  for (const [parent, pattern, rest] of PLACES) {
    for (const entry of await namesIn(parent)) {
      const version = pattern.exec(entry)?.[1];
      if (version === undefined) continue;
      const directory = join(parent, entry, rest);
      if (await hasServer(directory)) found.push({ version: Number(version), directory });
    }
  }
  found.sort((a, b) => b.version - a.version);
  // A directory without a version in its name (0) may hold any; the server itself refuses data of another version.
  const fit = found.find(({ version }) => major === undefined || version === major || version === 0);
  if (fit !== undefined) return fit.directory;
  throw new Error(
    major === undefined
      ? 'no PostgreSQL server is installed: run "npm run setup", or install the package postgresql'
      : `the embedded database was made by PostgreSQL ${major}, which is not installed: install it, or remove the directory`,
  );
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch {
    return [];
  }
}

async function hasServer(directory: string): Promise<boolean> {
  try {
    await access(join(directory, 'initdb'), constants.X_OK);
    await access(join(directory, 'postgres'), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
