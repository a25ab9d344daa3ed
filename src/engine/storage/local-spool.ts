import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Borrowed, look } from '../bytes/borrowed';
import { fileSource } from '../container/format/random-source';
import { asStorageErrors } from './file-fault';
import type { Spool } from './storage';

/** In the place of a final name. */
export const SPOOL = 'spool';

/** A file without a name, so that it goes with its process however that ends. */
export class LocalSpool implements Spool {
  private writtenBytes = 0;

  private constructor(private readonly handle: FileHandle) {}

  /**
   * @param directory of a local file system
   * @throws StorageError
   */
  static in(directory: string): Promise<LocalSpool> {
    return asStorageErrors(async () => {
      // The name is that of a pending file: one whose process dies before the next line is removed with the others.
      const path = join(directory, `.pending-${randomBytes(8).toString('hex')}-${SPOOL}`);
      const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
      try {
        await unlink(path);
        return new LocalSpool(handle);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  get sizeBytes(): number {
    return this.writtenBytes;
  }

  async write(borrowed: Borrowed): Promise<void> {
    const bytes = look(borrowed);
    await asStorageErrors(async () => {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done);
        done += bytesWritten;
        this.writtenBytes += bytesWritten;
      }
    });
  }

  async read(position: number, lengthBytes: number): Promise<Buffer> {
    return fileSource(this.handle, this.writtenBytes).read(position, lengthBytes);
  }

  /** Never throws, and may be called more than once. */
  async close(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }
}
