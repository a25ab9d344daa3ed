import { type FileHandle, mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource, type RandomSource } from '../../engine/container/format/random-source';
import { openStorage } from '../../engine/place/open-storage';
import type { Storage } from '../../engine/storage/storage';
import { isS3Url } from '../../engine/storage/s3/s3-place';
import { readEnvironment } from '../../kernel/config/environment';
import { s3PlaceAt } from '../../kernel/config/storage-place';
import { UsageError } from './exit-code';
import { naming } from './system-error';

/** Stands for standard input. */
export const STDIN = '-';

/**
 * Opens a container for as long as some work takes; its index is at its end, so one from standard input is kept first.
 *
 * @param path of the file, `s3://bucket/prefix/name`, or `-`
 */
export async function withContainer<T>(path: string, work: (source: RandomSource) => Promise<T>): Promise<T> {
  if (path === STDIN) return withSpooled(standardInput(), work);
  if (isS3Url(path)) return withObject(path, work);
  return withHandle(await openFile(path), work);
}

/** An object is read where it is; what the environment says of S3 holds for it. */
async function withObject<T>(url: string, work: (source: RandomSource) => Promise<T>): Promise<T> {
  const { storage, name } = await storageAt(url);
  const file = await storage.open(name);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/**
 * A place in S3, with what the environment says of S3, and the object that an address names.
 *
 * @param url `s3://bucket/prefix/name.bscc`, or without a name, when the place itself is meant
 * @returns `place` as the address begins, `name` empty for a place
 */
export async function storageAt(url: string): Promise<{ storage: Storage; place: string; name: string }> {
  const isPlace = !url.endsWith('.bscc');
  const place = isPlace ? url.replace(/\/*$/, '/') : url.slice(0, url.lastIndexOf('/') + 1);
  const storage = await openStorage({ kind: 's3', ...s3PlaceAt(place, readEnvironment()) });
  return { storage, place, name: url.slice(place.length) };
}

/**
 * Standard input, when something is sent to it.
 *
 * @throws UsageError at a terminal: a backup is not typed
 */
export function standardInput(): AsyncIterable<Uint8Array> {
  if (process.stdin.isTTY) throw new UsageError('standard input is a terminal: send it a backup with < FILE or a pipe');
  return process.stdin;
}

/** A directory can be opened, but not read: the error that comes then does not say what it is about. */
async function openFile(path: string): Promise<FileHandle> {
  return naming(path, async () => {
    const handle = await open(path, 'r');
    if (!(await handle.stat()).isDirectory()) return handle;
    await handle.close();
    throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
  });
}

/** Keeps a container, as encrypted as it comes, in a temporary file without a name for as long as some work takes. */
export async function withSpooled<T>(
  chunks: AsyncIterable<Uint8Array>,
  work: (source: RandomSource) => Promise<T>,
): Promise<T> {
  return withHandle(await spooled(chunks), work);
}

async function withHandle<T>(handle: FileHandle, work: (source: RandomSource) => Promise<T>): Promise<T> {
  try {
    return await work(fileSource(handle, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}

async function spooled(chunks: AsyncIterable<Uint8Array>): Promise<FileHandle> {
  const directory = await naming(tmpdir(), () => mkdtemp(join(tmpdir(), 'bscc-')));
  try {
    const path = join(directory, 'input');
    const handle = await open(path, 'wx+', 0o600);
    // From here on it has no name, and is gone when the process is.
    await unlink(path);
    try {
      for await (const chunk of chunks) await naming(tmpdir(), () => handle.appendFile(chunk));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
