import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ContainerError } from '../container/format/container-error';
import { fileSource, type RandomSource } from '../container/format/random-source';
import { asStorageErrors, toStorageError } from './file-fault';
import type { StoredFile } from './storage';

const CHUNK_BYTES = 1024 * 1024;

/** An open regular file. */
export class LocalStoredFile implements StoredFile {
  private readonly source: RandomSource;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly handle: FileHandle,
    readonly sizeBytes: number,
    readonly version: string,
  ) {
    this.source = fileSource(handle, sizeBytes);
  }

  async read(position: number, lengthBytes: number): Promise<Buffer> {
    try {
      return await this.source.read(position, lengthBytes);
    } catch (error) {
      // That a file is too short, its readers tell from what a system says.
      throw error instanceof ContainerError ? error : toStorageError(error);
    }
  }

  createReadStream({ start = 0, end = this.sizeBytes - 1 }: { start?: number; end?: number } = {}): Readable {
    return Readable.from(this.chunks(start, end), { objectMode: false, highWaterMark: CHUNK_BYTES });
  }

  async close(): Promise<void> {
    this.closing ??= asStorageErrors(() => this.handle.close());
    await this.closing;
  }

  private async *chunks(start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (let position = start; position <= end; position += CHUNK_BYTES) {
        yield await this.source.read(position, Math.min(CHUNK_BYTES, end - position + 1));
      }
    } catch (error) {
      throw toStorageError(error);
    }
  }
}
