import type { FileHandle } from 'node:fs/promises';
import { ContainerError } from './container-error';

/** Bytes of known length that can be read anywhere, by several readers at once. */
export interface RandomSource {
  readonly sizeBytes: number;

  /**
   * Reads exactly `lengthBytes` bytes; the caller owns the result, which does not change afterwards.
   * @throws ContainerError `truncated` when the bytes are not there
   */
  read(position: number, lengthBytes: number): Promise<Buffer>;
}

/**
 * An open file. The caller keeps the handle and closes it after the last read.
 * @param sizeBytes size of the file when it was opened
 */
export function fileSource(handle: FileHandle, sizeBytes: number): RandomSource {
  return {
    sizeBytes,
    async read(position, lengthBytes) {
      const buffer = Buffer.allocUnsafeSlow(lengthBytes);
      for (let done = 0; done < lengthBytes;) {
        const { bytesRead } = await handle.read(buffer, done, lengthBytes - done, position + done);
        if (bytesRead === 0) throw shortRead(position + done);
        done += bytesRead;
      }
      return buffer;
    },
  };
}

/** Bytes in memory. */
export function bufferSource(buffer: Buffer): RandomSource {
  return {
    sizeBytes: buffer.length,
    read(position, lengthBytes) {
      if (position + lengthBytes > buffer.length) return Promise.reject(shortRead(buffer.length));
      return Promise.resolve(Buffer.from(buffer.subarray(position, position + lengthBytes)));
    },
  };
}

/**
 * The whole source front to back, with the next block being read while the current one is worked on.
 * @param blockBytes bytes a block; at most two blocks are in memory
 */
export async function* readSequentially(
  source: RandomSource,
  blockBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const blockAt = (position: number) => {
    const reading = source.read(position, Math.min(blockBytes, source.sizeBytes - position));
    // A block read ahead may fail after the consumer has stopped. A consumer that awaits the block still sees the failure.
    reading.catch(() => undefined);
    return reading;
  };
  let next = source.sizeBytes > 0 ? blockAt(0) : undefined;
  for (let position = blockBytes; next !== undefined; position += blockBytes) {
    const block: Buffer = await next;
    signal?.throwIfAborted();
    next = position < source.sizeBytes ? blockAt(position) : undefined;
    yield block;
  }
}

function shortRead(offset: number): ContainerError {
  return new ContainerError('truncated', 'The file is shorter than it was when it was opened.', { offset });
}
