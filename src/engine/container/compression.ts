import { type Duplex, PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { ContainerError } from './container-error';
import type { StreamEntry } from './manifest';
import { ZSTD_WINDOW_LOG_MAX, ZstdFrameWalker } from './zstd-frame';

/** How a stream is compressed before it is sealed. zstd levels go from 1 to 22, whose windows the format allows. */
export type Compression = { algorithm: 'zstd'; level: number } | { algorithm: 'none' };

/**
 * For Node's (de)compressor. Its default of 16 KiB a chunk would mean a trip to the thread pool for each, and with its
 * default high-water mark nobody would work on the next chunk meanwhile.
 */
const BUFFERS = { chunkSize: 256 * 1024, highWaterMark: 1_048_576 };

/**
 * A filter asks for more only when it has used up everything, so that it would wait for each chunk to be read and hashed;
 * so many are made ready while it works.
 */
const READ_AHEAD_CHUNKS = 2;

/** What Node's compressor appends now and then, even twice: a whole frame with nothing in it. */
const EMPTY_FRAME = Buffer.from('28b52ffd2000010000', 'hex');
const SURPLUS_LIMIT_BYTES = 4 * EMPTY_FRAME.length;

/** Bytes as a stream stores them: exactly one zstd frame, also when there are none; or the bytes themselves. */
export function compress(
  compression: Compression,
  plaintext: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncIterable<Uint8Array> {
  if (compression.algorithm === 'none') return through(plaintext, new PassThrough(), signal);
  const params = { [constants.ZSTD_c_compressionLevel]: compression.level };
  return firstFrame(through(plaintext, createZstdCompress({ ...BUFFERS, params }), signal));
}

/**
 * Leaves out the empty frames that Node's compressor appends when it is ended with a write still queued, or when its output
 * exactly fills a buffer (nodejs/node#66078).
 */
async function* firstFrame(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const walker = new ZstdFrameWalker();
  let surplus = Buffer.alloc(0);
  for await (const chunk of compressed) {
    const frameBytes = walker.push(chunk);
    if (frameBytes > 0) yield chunk.subarray(0, frameBytes);
    if (frameBytes < chunk.length) surplus = Buffer.concat([surplus, chunk.subarray(frameBytes)]);
    if (surplus.length > SURPLUS_LIMIT_BYTES) break;
  }
  const emptyFrames = Buffer.alloc(surplus.length, EMPTY_FRAME);
  const isComplete = walker.isComplete && surplus.length % EMPTY_FRAME.length === 0;
  if (!isComplete || !surplus.equals(emptyFrames))
    throw new Error('The compressor made something other than one zstd frame.');
}

/**
 * The opposite of `compress` with zstd. Output appears in pieces of bounded size, however well it was compressed.
 * @throws ContainerError `corrupted` when the bytes are not exactly one zstd frame with a window the format allows
 */
export async function* decompress(
  entry: Pick<StreamEntry, 'id' | 'name'>,
  stored: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const walker = new ZstdFrameWalker();
  const oneFrame = async function* () {
    for await (const chunk of stored) {
      if (walker.push(chunk) < chunk.length) throw notOneFrame(entry);
      yield chunk;
    }
    if (!walker.isComplete) throw notOneFrame(entry);
  };
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };
  try {
    yield* through(oneFrame(), createZstdDecompress({ ...BUFFERS, params }), signal);
  } catch (error) {
    throw isZlibError(error) ? notOneFrame(entry, { cause: error }) : error;
  }
}

/**
 * Runs bytes through a filter and stops both ends when either stops. It ends only when the source has been closed, so
 * that a child process behind it is gone by then.
 */
async function* through(
  source: AsyncIterable<Uint8Array>,
  filter: Duplex,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const ahead = Readable.from(source, { highWaterMark: READ_AHEAD_CHUNKS });
  const closed = new Promise<void>((resolve) => ahead.once('close', resolve));
  const feeding = pipeline(ahead, filter, signal === undefined ? {} : { signal });
  // Its failure also reaches the loop below; without this it would count as unhandled meanwhile.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of filter) yield asBuffer(chunk);
    await feeding;
  } finally {
    filter.destroy();
    await feeding.catch(() => undefined);
    await closed;
  }
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError('A stream gave something that is not bytes.');
}

function isZlibError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return false;
  return error.code.startsWith('ZSTD_') || error.code.startsWith('Z_');
}

/** @param entry the stream that its index entry says is compressed */
export function notOneFrame({ id, name }: Pick<StreamEntry, 'id' | 'name'>, options?: ErrorOptions): ContainerError {
  const message = `Stream ${name} is not exactly one valid zstd frame.`;
  return new ContainerError('corrupted', message, { streamId: id, streamName: name }, options);
}
