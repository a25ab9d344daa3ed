import { constants, type Dirent } from 'node:fs';
import { access, lstat, readdir } from 'node:fs/promises';
import { shownName } from '../disk/shown-name';
import { systemCode } from './file-fault';
import type { UnusableEntry } from './storage';
import { BAD_NAME, isName } from './storage-name';

/** What in a directory ends like a file of ours and cannot be read as one. Entries are looked at, never opened or followed. */
export async function unusableEntries(directory: string, ending: string): Promise<UnusableEntry[]> {
  const found: UnusableEntry[] = [];
  for (const entry of await entriesOf(directory)) {
    const bytes = entry.name;
    if (!bytes.toString('latin1').endsWith(ending) || bytes[0] === 0x2e) continue;
    const path = Buffer.concat([Buffer.from(`${directory}/`), bytes]);
    const name = shownName(bytes);
    const kind = kindOf(entry);
    if (kind !== undefined) found.push({ name, reason: `it is ${kind}, not a file`, isClosed: false });
    else if (!isName(bytes.toString('latin1'))) found.push({ name, reason: BAD_NAME, isClosed: false });
    else if (!(await isReadable(path))) found.push({ name, reason: await ownershipOf(path), isClosed: true });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function entriesOf(directory: string): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function kindOf(entry: Dirent<Buffer>): string | undefined {
  if (entry.isFile()) return undefined;
  if (entry.isSymbolicLink()) return 'a link';
  if (entry.isDirectory()) return 'a directory';
  return 'a pipe, a socket or a device';
}

async function isReadable(path: Buffer): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function ownershipOf(path: Buffer): Promise<string> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return 'it cannot be read';
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  return `it cannot be read: it belongs to user ${stats.uid} and group ${stats.gid} and has mode ${mode}`;
}
