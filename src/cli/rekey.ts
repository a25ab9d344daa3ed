import { constants } from 'node:fs';
import { copyFile, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ContainerError } from '../engine/container/container-error';
import { HEADER_BYTES } from '../engine/container/layout';
import { rewrapHeader } from '../engine/container/header';
import type { KeyRing } from '../engine/container/key-ring';
import { syncDirectory } from '../engine/storage/sync-directory';

/** Unfinished copies; what a killed run has left behind is removed by the next. */
const COPY = /^\.rekey-.*\.bscc$/;

/** What became of one file. */
export interface RekeyedFile {
  file: string;
  result: 'rekeyed' | 'unchanged' | 'failed';
  /** Why it failed. */
  reason?: string;
}

/**
 * Seals containers with the current key of a ring instead of the one they are sealed with: only the header changes. Each file
 * is copied, the copy changed and synced, and given the file's name; killed at any moment, the file opens with the
 * old key or with the new one, and the next run goes on.
 *
 * @param path a file, or a directory whose `*.bscc` files are meant
 * @param ring the new key as the current one, the old ones as previous ones
 */
export async function* rekey(path: string, ring: KeyRing): AsyncGenerator<RekeyedFile, void, undefined> {
  const isDirectory = (await lstat(path)).isDirectory();
  const directory = isDirectory ? path : dirname(path);
  const entries = isDirectory ? await readdir(path, { withFileTypes: true }) : [];
  for (const { name } of entries.filter((entry) => entry.isFile() && COPY.test(entry.name))) {
    await rm(join(directory, name));
  }
  const names = isDirectory
    ? entries.filter((entry) => entry.isFile() && /^[^.].*\.bscc$/.test(entry.name)).map(({ name }) => name)
    : [basename(path)];
  for (const name of names.sort()) {
    const file = join(directory, name);
    try {
      yield { file, result: (await rekeyFile(directory, name, ring)) ? 'rekeyed' : 'unchanged' };
    } catch (error) {
      if (!(error instanceof ContainerError)) throw error;
      yield { file, result: 'failed', reason: error.message };
    }
  }
}

/** @returns false when the file is sealed with the current key already */
async function rekeyFile(directory: string, name: string, ring: KeyRing): Promise<boolean> {
  const file = join(directory, name);
  const header = rewrapHeader(await firstBytes(file), ring, ring.current);
  if (header === undefined) return false;
  const copy = join(directory, `.rekey-${name}`);
  try {
    // Where the file system can, the copy shares the file's blocks and costs nothing.
    await copyFile(file, copy, constants.COPYFILE_FICLONE);
    const handle = await open(copy, 'r+');
    try {
      await handle.write(header, 0, HEADER_BYTES, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(copy, file);
    await syncDirectory(directory);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
  return true;
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
