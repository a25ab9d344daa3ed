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
 */
export async function memoryFile(bytes: Uint8Array): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(MEMORY_FILE_SYSTEM, constants.O_RDWR | O_TMPFILE, 0o600);
    for (let done = 0; done < bytes.length;) {
      done += (await handle.write(bytes, done, bytes.length - done, done)).bytesWritten;
    }
    return handle;
  } catch {
    await handle?.close();
    return undefined;
  }
}
