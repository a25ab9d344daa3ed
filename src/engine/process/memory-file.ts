import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Linux: a file without a name, gone with its last descriptor (open(2)). Node has no constant for it. */
const O_TMPFILE = 0o20200000;
const MEMORY_FILE_SYSTEM = '/dev/shm';

/**
 * Copies bytes into a nameless file in memory, for a program that must seek in them: nothing of it is ever in a directory,
 * and it is gone when the handle is closed or the process dies.
 *
 * @returns `undefined` when this system has no such file system or not enough room in it
 * @throws whatever `chunks` throws
 */
export async function memoryFile(chunks: AsyncIterable<Uint8Array>): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(MEMORY_FILE_SYSTEM, constants.O_RDWR | O_TMPFILE, 0o600);
  } catch {
    return undefined;
  }
  let isKept = false;
  try {
    let position = 0;
    for await (const chunk of chunks) {
      const writtenBytes = await writtenTo(handle, chunk, position);
      if (writtenBytes < chunk.length) return undefined;
      position += writtenBytes;
    }
    isKept = true;
    return handle;
  } finally {
    if (!isKept) await handle.close();
  }
}

/** @returns less than the whole when there is no room for more */
async function writtenTo(handle: FileHandle, chunk: Uint8Array, position: number): Promise<number> {
  let done = 0;
  try {
    while (done < chunk.length) {
      done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
    }
  } catch {
    // Full, or nearly: the caller does without.
  }
  return done;
}
