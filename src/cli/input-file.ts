import { type FileHandle, mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource, type RandomSource } from '../engine/container/random-source';

/** Stands for standard input. */
export const STDIN = '-';

/**
 * Opens a container for as long as some work takes; its index is at its end, so one from standard input is kept first.
 *
 * @param path of the file, or `-`
 */
export async function withContainer<T>(path: string, work: (source: RandomSource) => Promise<T>): Promise<T> {
  if (path === STDIN) return withSpooled(process.stdin, work);
  return withHandle(await open(path, 'r'), work);
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
  const directory = await mkdtemp(join(tmpdir(), 'bscc-'));
  try {
    const path = join(directory, 'input');
    const handle = await open(path, 'wx+', 0o600);
    // From here on it has no name, and is gone when the process is.
    await unlink(path);
    for await (const chunk of chunks) await handle.appendFile(chunk);
    return handle;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
