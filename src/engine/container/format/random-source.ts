import type { FileHandle } from 'node:fs/promises';
import { releaseBytes } from '../../bytes/release-bytes';
import { ContainerError } from './container-error';

/** Bytes of known length that can be read anywhere, by several readers at once. */
export interface RandomSource {
  readonly sizeBytes: number;

  /**
   * Reads exactly `lengthBytes` bytes; the caller owns the result, which does not change afterwards.
   * @throws ContainerError `truncated` when the bytes are not there
   */
  read(position: number, lengthBytes: number): Promise<Buffer>;

  /**
   * Where one request for everything costs less than one for each block: the bytes from `start` to the end, in chunks of any
   * length that nothing else holds. Absent where it does not.
   */
  readonly readOn?: ((start: number) => AsyncIterable<Buffer>) | undefined;
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
 *
 * @param blockBytes bytes a block; at most two blocks are in memory
 * @returns blocks that nothing else holds, each in a piece of memory of its own
 */
export async function* readSequentially(
  source: RandomSource,
  blockBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const blocks =
    source.readOn === undefined ? inBlocks(source, blockBytes) : gathered(source.readOn(0), source, blockBytes);
  for await (const block of blocks) {
    signal?.throwIfAborted();
    yield block;
  }
}

async function* inBlocks(source: RandomSource, blockBytes: number): AsyncGenerator<Buffer> {
  const blockAt = (position: number) => {
    const reading = source.read(position, Math.min(blockBytes, source.sizeBytes - position));
    // A block read ahead may fail after the consumer has stopped. A consumer that awaits the block still sees the failure.
    reading.catch(() => undefined);
    return reading;
  };
  let next = source.sizeBytes > 0 ? blockAt(0) : undefined;
  for (let position = blockBytes; next !== undefined; position += blockBytes) {
    const block: Buffer = await next;
    next = position < source.sizeBytes ? blockAt(position) : undefined;
    yield block;
  }
}

async function* gathered(
  chunks: AsyncIterable<Buffer>,
  { sizeBytes }: RandomSource,
  blockBytes: number,
): AsyncGenerator<Buffer> {
  let [position, filled] = [0, 0];
  const newBlock = () => Buffer.allocUnsafeSlow(Math.min(blockBytes, sizeBytes - position));
  let block = newBlock();
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const copied = chunk.copy(block, filled, at);
      if (copied === 0) throw new RangeError('the source has more bytes than it said');
      at += copied;
      filled += copied;
      if (filled < block.length) continue;
      position += filled;
      yield block;
      filled = 0;
      block = newBlock();
    }
    releaseBytes(chunk);
  }
  if (position + filled < sizeBytes) throw shortRead(position + filled);
}

function shortRead(offset: number): ContainerError {
  return new ContainerError('truncated', 'The file is shorter than it was when it was opened.', { offset });
}
