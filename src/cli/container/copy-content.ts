import { constants } from 'node:fs';
import { copyFile, type FileHandle } from 'node:fs/promises';

/** Copied at once, bytes: large enough for a disk, small enough to tell how far it is. */
const CHUNK_BYTES = 8 * 1_048_576;

/**
 * Copies all of an open file into an open new one. Where the file system can, both share their blocks, which costs nothing.
 *
 * @param onBytes told of the bytes of each part that is copied; never, where blocks are shared
 * @throws the system's error
 */
export async function copyContent(from: FileHandle, to: FileHandle, onBytes: (bytes: number) => void): Promise<void> {
  if (await sharesBlocks(from, to)) return;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = 0; ;) {
    const { bytesRead } = await from.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    for (let written = 0; written < bytesRead;) {
      const { bytesWritten } = await to.write(chunk, written, bytesRead - written, at + written);
      written += bytesWritten;
    }
    at += bytesRead;
    onBytes(bytesRead);
  }
}

/** What keeps them from being shared would keep nothing from being copied, or is said then. */
async function sharesBlocks(from: FileHandle, to: FileHandle): Promise<boolean> {
  return copyFile(pathOf(from), pathOf(to), constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

/** A path of what is open, whatever has its name by now. */
function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}
