import { constants, type Stats } from 'node:fs';
import { copyFile, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ContainerError } from '../engine/container/container-error';
import { HEADER_BYTES } from '../engine/container/layout';
import { rewrapHeader } from '../engine/container/header';
import type { KeyRing } from '../engine/container/key-ring';
import { syncDirectory } from '../engine/storage/sync-directory';

/** Unfinished copies; what a killed run has left behind is removed by the next. */
const COPY = /^\.rekey-.*\.bscc$/;

/** What became of one file. */
export type RekeyedFile = { readonly file: string } & (
  | { readonly result: 'rekeyed' | 'unchanged' }
  | { readonly result: 'skipped'; readonly reason: string }
  | { readonly result: 'failed'; readonly error: unknown }
);

/** What one file has come to. */
type Outcome = { readonly result: 'rekeyed' | 'unchanged' } | { readonly result: 'skipped'; readonly reason: string };

/**
 * Seals containers with the current key of a ring instead of the one they are sealed with: only the header changes. Each file
 * is copied, the copy changed and synced, and given the file's name and owner; killed at any moment, the file opens with the
 * old key or with the new one, and the next run goes on.
 *
 * @param path a file, or a directory whose `*.bscc` files are meant
 * @param ring the new key as the current one, the old ones as previous ones
 */
export async function* rekey(path: string, ring: KeyRing): AsyncGenerator<RekeyedFile, void, undefined> {
  const isDirectory = (await stat(path)).isDirectory();
  const directory = isDirectory ? path : dirname(path);
  const entries = isDirectory ? await readdir(path, { withFileTypes: true }) : [];
  for (const { name } of entries.filter((entry) => entry.isFile() && COPY.test(entry.name))) {
    await rm(join(directory, name), { force: true });
  }
  const names = isDirectory
    ? entries.filter((entry) => entry.isFile() && /^[^.].*\.bscc$/.test(entry.name)).map(({ name }) => name)
    : [basename(path)];
  for (const name of names.sort()) {
    const file = join(directory, name);
    try {
      yield { file, ...(await rekeyFile(directory, name, ring)) };
    } catch (error) {
      yield { file, result: 'failed', error };
    }
  }
}

async function rekeyFile(directory: string, name: string, ring: KeyRing): Promise<Outcome> {
  const file = join(directory, name);
  const { bytes, stats } = await beginningOf(file);
  const header = rewrapped(bytes, ring);
  if (header === 'version 1') return { result: 'skipped', reason: 'a file of version 1 has no key in its header' };
  if (header === undefined) return { result: 'unchanged' };
  const copy = join(directory, `.rekey-${name}`);
  try {
    // Where the file system can, the copy shares the file's blocks and costs nothing.
    await copyFile(file, copy, constants.COPYFILE_FICLONE);
    const handle = await open(copy, 'r+');
    try {
      // The service must be able to read what an administrator has rekeyed.
      const { uid, gid } = await handle.stat();
      if (uid !== stats.uid || gid !== stats.gid) await handle.chown(stats.uid, stats.gid);
      await handle.write(header, 0, HEADER_BYTES, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await isStill(file, stats))) {
      await rm(copy, { force: true });
      return { result: 'skipped', reason: 'it was removed or replaced meanwhile' };
    }
    await rename(copy, file);
    await syncDirectory(directory);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
  return { result: 'rekeyed' };
}

/** @returns `undefined` when the file is sealed with the current key already */
function rewrapped(bytes: Buffer, ring: KeyRing): Buffer | 'version 1' | undefined {
  try {
    return rewrapHeader(bytes, ring, ring.current);
  } catch (error) {
    if (error instanceof ContainerError && error.details.version === 1) return 'version 1';
    throw error;
  }
}

/** The name must not come back for a file that retention has removed while it was copied. */
async function isStill(file: string, { dev, ino }: Stats): Promise<boolean> {
  const now = await lstat(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return now?.dev === dev && now.ino === ino;
}

async function beginningOf(file: string): Promise<{ bytes: Buffer; stats: Stats }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return { bytes: buffer.subarray(0, bytesRead), stats: await handle.stat() };
  } finally {
    await handle.close();
  }
}
