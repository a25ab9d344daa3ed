import type { Duplex } from 'node:stream';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { ContainerError } from '../format/container-error';
import { type Borrowed, copies, look } from '../../bytes/borrowed';
import type { StreamEntry } from '../format/manifest';
import { releaseBytes } from '../../bytes/release-bytes';
import { InterruptibleWait } from '../../waiting/interruptible-wait';
import { ZSTD_WINDOW_LOG_MAX, ZstdFrameWalker } from './zstd-frame';

/** How a stream is compressed before it is sealed. zstd levels go from 1 to 22, whose windows the format allows. */
export type Compression = { algorithm: 'zstd'; level: number } | { algorithm: 'none' };

/**
 * For Node's (de)compressor. Its default of 16 KiB a chunk would mean a trip to the thread pool for each. With its default
 * high-water mark the filter would not work on the next chunk meanwhile.
 */
const BUFFERS = { chunkSize: 256 * 1024, highWaterMark: 1_048_576 };

/** An eighth of the trips, for a stream that is large and only looked at: pieces that are passed on would be held in numbers. */
export const LARGE_PIECE_BYTES = 2 * 1_048_576;

/**
 * The output of the decompressor counts as objects. Otherwise waiting bytes would be copied into one chunk, and their sources
 * could not be freed. The compressor's output is little, and better joined than taken chunk by chunk.
 */
const UNFOLDING = {
  writableHighWaterMark: BUFFERS.highWaterMark,
  readableObjectMode: true,
  readableHighWaterMark: 4,
};

/** What Node's compressor appends now and then, even twice: a whole frame with nothing in it but its checksum. */
const EMPTY_FRAME = Buffer.from('28b52ffd240001000099e9d851', 'hex');
const SURPLUS_LIMIT_BYTES = 4 * EMPTY_FRAME.length;

/**
 * Bytes as a stream stores them: exactly one zstd frame, also when there are none; or the bytes themselves.
 * @param plaintext a chunk must not change before the second request after it
 */
export function compress(
  compression: Compression,
  plaintext: AsyncIterable<Borrowed | Uint8Array>,
  signal?: AbortSignal,
): AsyncIterable<Uint8Array> {
  // A consumer of uncompressed bytes may keep them for longer than the source leaves them unchanged.
  if (compression.algorithm === 'none') return copies(plaintext);
  // What comes out when it is taken apart is compared with what went in; encryption authenticates only what is between.
  const params = { [constants.ZSTD_c_compressionLevel]: compression.level, [constants.ZSTD_c_checksumFlag]: 1 };
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

/** How a stream is unfolded. */
interface Unfolding {
  readonly signal?: AbortSignal | undefined;
  /** Called once the frame's header is known, before any output. When the output ends, a checksum has been compared. */
  readonly onFrame?: (frame: { readonly hasChecksum: boolean }) => void;
  /** The most bytes of a piece. */
  readonly pieceBytes?: number;
}

/**
 * The opposite of `compress` with zstd. Output appears in pieces of bounded size, however well it was compressed. What has a
 * checksum is compared with it.
 *
 * @param stored chunks that no other code holds: their memory is freed when they have been used
 * @throws ContainerError `corrupted` when the bytes are not exactly one zstd frame with a window the format allows
 */
export async function* decompress(
  entry: Pick<StreamEntry, 'id' | 'name'>,
  stored: AsyncIterable<Buffer>,
  { signal, onFrame, pieceBytes: chunkSize = BUFFERS.chunkSize }: Unfolding = {},
): AsyncGenerator<Buffer> {
  const walker = new ZstdFrameWalker();
  let isTold = false;
  const oneFrame = async function* () {
    for await (const chunk of stored) {
      if (walker.push(chunk) < chunk.length) throw notOneFrame(entry);
      if (!isTold && walker.isBegun) onFrame?.(walker);
      isTold ||= walker.isBegun;
      yield chunk;
    }
    if (!walker.isComplete) throw notOneFrame(entry);
  };
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };
  try {
    yield* through(oneFrame(), createZstdDecompress({ ...UNFOLDING, chunkSize, params }), signal, releaseBytes);
  } catch (error) {
    throw isZlibError(error) ? notOneFrame(entry, { cause: error }) : error;
  }
}

/**
 * Runs bytes through a filter and stops both ends when either stops. It ends only when the source has been closed, so
 * that a child process behind it is gone by then.
 *
 * @param onUsed told of each chunk that the filter has used up
 */
async function* through(
  source: AsyncIterable<Borrowed | Uint8Array>,
  filter: Duplex,
  signal?: AbortSignal,
  onUsed?: (chunk: Uint8Array) => void,
): AsyncGenerator<Buffer> {
  const feeding = feed(filter, source, signal, onUsed);
  // Its failure also reaches the loop below; without this it would count as unhandled meanwhile.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of filter) yield asBuffer(chunk);
    await feeding;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    filter.destroy();
    await feeding.catch(() => undefined);
  }
}

/** Gets the next chunk ready, and hashed by its source, while the filter works on the one before. */
async function feed(
  filter: Duplex,
  source: AsyncIterable<Borrowed | Uint8Array>,
  signal?: AbortSignal,
  onUsed?: (chunk: Uint8Array) => void,
): Promise<void> {
  const waiting = new InterruptibleWait();
  // A filter that fails or is stopped never answers the write that it was working on.
  filter.once('error', (error) => waiting.interrupt(error));
  filter.once('close', () => waiting.interrupt(new Error('stopped')));
  const stop = (): void => void filter.destroy(asError(signal?.reason));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    let working: Promise<void> = Promise.resolve();
    for await (const chunk of source) {
      await waiting.until(working);
      signal?.throwIfAborted();
      const bytes = look(chunk);
      working = write(filter, bytes).then(() => onUsed?.(bytes));
      // Told when it is awaited; until then it is not unhandled.
      working.catch(() => undefined);
    }
    await waiting.until(working);
    filter.end();
  } catch (error) {
    filter.destroy(asError(error));
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Resolves when the filter has used up the chunk. */
function write(filter: Duplex, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    filter.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('stopped', { cause: reason });
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
