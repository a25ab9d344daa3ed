import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ContainerError } from '../../engine/container/format/container-error';
import { HEADER_BYTES } from '../../engine/container/format/layout';
import { rewrapHeader } from '../../engine/container/format/header';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { inside, itself, openTop } from '../../engine/disk/open-directory';
import { copyContent } from './copy-content';

/** Unfinished copies; what a killed run has left behind is removed by the next. */
const COPY = /^\.rekey-.*\.bscc$/;
const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** What became of one file. */
export type RekeyedFile = { readonly file: string } &
  /** `as`: the name of the copy, where there is one. */
  (
    | { readonly result: 'rekeyed' | 'unchanged' | 'removed'; readonly as?: string }
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
 * Other users may be able to write to the directory, and this may run as root: names of copies cannot be guessed, no link is followed,
 * and owner and content are changed through handles.
 *
 * @param path a file, or a directory whose `*.bscc` files are meant
 * @param ring the new key as the current one, the old ones as previous ones
 * @param onProgress is told how many bytes of all files are done: before and after each, and as it is copied
 */
export async function* rekey(
  path: string,
  ring: KeyRing,
  onProgress: (done: number, total: number) => void = () => undefined,
): AsyncGenerator<RekeyedFile, void, undefined> {
  const isDirectory = (await stat(path)).isDirectory();
  const shownDirectory = isDirectory ? path : dirname(path);
  const directory = await openTop(shownDirectory, { followsLink: true });
  try {
    const names = isDirectory ? (await containersIn(directory)).sort() : [basename(path)];
    const sizes = await Promise.all(names.map((name) => sizeOf(at(directory, name))));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let done = 0;
    onProgress(done, total);
    for (const [i, name] of names.entries()) {
      const file = join(shownDirectory, name);
      try {
        let copied = 0;
        const onBytes = (bytes: number): void => onProgress(done + (copied += bytes), total);
        yield { file, ...(await rekeyFile(directory, name, ring, onBytes)) };
      } catch (error) {
        yield { file, result: 'failed', error };
      }
      done += sizes[i] ?? 0;
      onProgress(done, total);
    }
  } finally {
    await directory.close();
  }
}

/** For the progress alone. */
async function sizeOf(file: string): Promise<number> {
  return lstat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Also removes what a killed run has left behind. */
async function containersIn(directory: FileHandle): Promise<string[]> {
  const entries = await readdir(itself(directory), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  for (const name of files.filter((one) => COPY.test(one))) await rm(at(directory, name), { force: true });
  return files.filter((name) => /^[^.].*\.bscc$/.test(name));
}

async function rekeyFile(
  directory: FileHandle,
  name: string,
  ring: KeyRing,
  onBytes: (bytes: number) => void,
): Promise<Outcome> {
  const original = await open(at(directory, name), OPEN_FILE);
  try {
    const stats = await original.stat();
    const header = rewrapped(await beginningOf(original), ring);
    if (header === 'version 1') return { result: 'skipped', reason: 'a file of version 1 has no key in its header' };
    if (header === undefined) return { result: 'unchanged' };
    const copy = `.rekey-${randomBytes(8).toString('hex')}-${name}`;
    try {
      await writeCopy(directory, { original, copy, stats, header, onBytes });
      if (!(await isStill(at(directory, name), stats))) {
        await rm(at(directory, copy), { force: true });
        return { result: 'skipped', reason: 'it was removed or replaced meanwhile' };
      }
      await rename(at(directory, copy), at(directory, name));
      await directory.sync();
    } catch (error) {
      await rm(at(directory, copy), { force: true });
      throw error;
    }
    return { result: 'rekeyed' };
  } finally {
    await original.close();
  }
}

async function writeCopy(
  directory: FileHandle,
  {
    original,
    copy,
    stats,
    header,
    onBytes,
  }: { original: FileHandle; copy: string; stats: Stats; header: Buffer; onBytes: (bytes: number) => void },
): Promise<void> {
  const handle = await open(at(directory, copy), NEW_FILE, 0o600);
  try {
    await copyContent(original, handle, onBytes);
    // The service must be able to read what an administrator has rekeyed.
    const { uid, gid } = await handle.stat();
    if (uid !== stats.uid || gid !== stats.gid) await handle.chown(stats.uid, stats.gid);
    await handle.write(header, 0, HEADER_BYTES, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function at(directory: FileHandle, name: string): string {
  return inside(directory, Buffer.from(name)).toString();
}

/** @returns `undefined` when the file is sealed with the current key already */
export function rewrapped(bytes: Buffer, ring: KeyRing): Buffer | 'version 1' | undefined {
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

async function beginningOf(handle: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
