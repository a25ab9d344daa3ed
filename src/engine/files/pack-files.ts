import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { FilesError } from './files-error';
import { staysInside } from './link-target';

const CHUNK_BYTES = 256 * 1024;

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

/** One thing found on the walk. */
interface Entry {
  /** Within the tree, with slashes. */
  name: string;
  path: string;
}

/**
 * The files below a directory as a POSIX tar (pax), sorted by name: regular files, directories, and links that stay inside
 * of the tree. Sockets, pipes and devices are not files of an application and are left out.
 *
 * @throws FilesError `changed` when a file shrinks while it is read, `unavailable`; or the signal's reason
 */
export async function* packFiles(
  directory: string,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const archive = pack();
  const filling = fill(archive, directory, signal).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(asError(error)),
  );
  try {
    yield* archive as AsyncIterable<Buffer>;
  } finally {
    archive.destroy();
    await filling;
  }
}

async function fill(archive: Pack, directory: string, signal: AbortSignal | undefined): Promise<void> {
  for await (const entry of walk(directory, '')) {
    signal?.throwIfAborted();
    await addEntry(archive, entry);
  }
}

async function* walk(directory: string, prefix: string): AsyncGenerator<Entry, void, undefined> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    if (prefix !== '' && isMissing(cause)) return;
    throw new FilesError('unavailable', 'A directory of the application files cannot be read.', prefix, { cause });
  }
  for (const name of names.sort()) {
    const entry = { name: prefix + name, path: join(directory, name) };
    yield entry;
    if ((await lstatOf(entry))?.isDirectory() === true) yield* walk(entry.path, `${entry.name}/`);
  }
}

async function addEntry(archive: Pack, entry: Entry): Promise<void> {
  const stats = await lstatOf(entry);
  // What vanished between the listing and now was never there, as far as this backup goes.
  if (stats === undefined) return;
  const common = { name: entry.name, mode: stats.mode & 0o777, mtime: stats.mtime, uid: stats.uid, gid: stats.gid };
  if (stats.isDirectory()) await addHeader(archive, { ...common, name: `${entry.name}/`, type: 'directory' });
  if (stats.isSymbolicLink()) {
    const linkname = await readlink(entry.path);
    if (staysInside(entry.name, linkname)) await addHeader(archive, { ...common, type: 'symlink', linkname });
  }
  if (stats.isFile()) await addFile(archive, entry, common);
}

async function addFile(archive: Pack, entry: Entry, common: EntryHeader): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(entry.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isMissing(cause)) return;
    throw new FilesError('unavailable', 'An application file cannot be read.', entry.name, { cause });
  }
  try {
    const { size } = await handle.stat();
    await pipeline(firstBytes(handle, size, entry.name), archive.entry({ ...common, type: 'file', size }));
  } finally {
    await handle.close();
  }
}

/** A file that grows is taken as far as it was long when it was opened; one that shrinks has no such beginning. */
async function* firstBytes(handle: FileHandle, size: number, name: string): AsyncGenerator<Buffer, void, undefined> {
  for (let position = 0; position < size;) {
    const length = Math.min(CHUNK_BYTES, size - position);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) throw new FilesError('changed', 'An application file shrank while it was read.', name);
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/** Resolves when the entry is in the archive, and rejects when the archive has been destroyed. */
function addHeader(archive: Pack, headers: EntryHeader): Promise<void> {
  return new Promise((resolve, reject) => {
    archive
      .entry({ ...headers, size: 0 }, (error) => {
        if (error) reject(error);
        else resolve();
      })
      .end(undefined);
  });
}

async function lstatOf(entry: Entry) {
  try {
    return await lstat(entry.path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new FilesError('unavailable', 'An application file cannot be read.', entry.name, { cause });
  }
}

function isMissing(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ELOOP')
  );
}

function asError(error: unknown): Error {
  return error instanceof Error
    ? error
    : new FilesError('unavailable', 'The application files cannot be packed.', undefined, { cause: error });
}
