import { ContainerError } from '../format/container-error';
import { parseFrameHeader, parseTrailer } from '../format/frame';
import { type OpenedHeader, readHeader } from '../format/header';
import { releaseBytes } from '../../bytes/release-bytes';
import type { KeyRing } from '../keys/key-ring';
import {
  FRAME_HEADER_BYTES,
  HEADER_BYTES,
  INDEX_LIMIT_BYTES,
  INDEX_STREAM_ID,
  SEGMENT_BYTES,
  TRAILER_BYTES,
} from '../format/layout';
import { type ContainerIndex, indexTooLarge, parseIndex, type StreamEntry } from '../format/manifest';
import type { BackupReader } from './backup-reader';
import { checkedPlaintext } from './plain-check';
import type { RandomSource } from '../format/random-source';
import { StreamOpener } from './stream-opener';

/** Most bytes the frames of an index can take: its plaintext, and 16 bytes and a frame header for each segment. */
const INDEX_FRAMES_LIMIT_BYTES = INDEX_LIMIT_BYTES + 4096;

/** A container opened for reading its streams, several at once if need be. */
export class ContainerReader implements BackupReader {
  readonly schemaStream = 'schema';
  readonly isOneArchive = false;
  readonly isListed = true;
  readonly isOurs = true;

  constructor(
    private readonly source: RandomSource,
    private readonly header: OpenedHeader,
    /** The authenticated index. */
    readonly index: ContainerIndex,
  ) {}

  /** Id of the key the file is sealed with, 16 hex digits. */
  get keyId(): string {
    return this.header.keyId;
  }

  /** UUID of the file. */
  get fileId(): string {
    return this.header.fileId;
  }

  /**
   * The plaintext of one stream. Every chunk is authenticated before it is given out; that the stream is whole is known
   * only when the generator has ended without an error.
   * @throws ContainerError; RangeError when there is no such stream
   */
  async *readStream(name: string, options: { signal?: AbortSignal } = {}): AsyncGenerator<Buffer> {
    const entry = this.index.streams.find((stream) => stream.name === name);
    if (entry === undefined) throw new RangeError(`The container has no stream ${name}.`);
    yield* checkedPlaintext(entry, this.#segments(entry, options.signal), options);
  }

  /** The opened segments of a stream, with the next frame being read while the current one is worked on. */
  async *#segments(entry: StreamEntry, signal?: AbortSignal): AsyncGenerator<Buffer> {
    const opener = new StreamOpener(this.header, entry.id, entry.name);
    const offsets = Buffer.from(entry.frame_offsets, 'base64');
    let next = this.#frame(entry, offsets, 0);
    while (!opener.isComplete) {
      const frame = await next;
      signal?.throwIfAborted();
      const following = opener.segments + 1;
      if (following < entry.segments) next = this.#frame(entry, offsets, following);
      const { streamId, lengthBytes } = parseFrameHeader(frame, Number(offsets.readBigUInt64BE((following - 1) * 8)));
      if (streamId !== entry.id || lengthBytes !== frame.length - FRAME_HEADER_BYTES) {
        throw opener.corrupted('is not where the index says');
      }
      const stored = opener.open(frame.subarray(FRAME_HEADER_BYTES));
      releaseBytes(frame);
      if (opener.isComplete !== (following === entry.segments))
        throw opener.corrupted('is not counted as the index says');
      yield stored;
    }
  }

  /** Reads a whole frame at once: the index says how long it must be. */
  #frame(entry: StreamEntry, offsets: Buffer, segment: number): Promise<Buffer> {
    const isLast = segment === entry.segments - 1;
    const lengthBytes = isLast ? entry.stored_size - segment * SEGMENT_BYTES : SEGMENT_BYTES;
    const offset = Number(offsets.readBigUInt64BE(segment * 8));
    const reading = this.source.read(offset, FRAME_HEADER_BYTES + lengthBytes);
    // A frame read ahead may fail after the consumer has stopped. A consumer that awaits the frame still sees the failure.
    reading.catch(() => undefined);
    return reading;
  }
}

/**
 * Opens a container at its end: header, trailer, index. The streams themselves are authenticated as they are read.
 * @throws ContainerError
 */
export async function openContainer(source: RandomSource, ring: KeyRing): Promise<ContainerReader> {
  const { sizeBytes } = source;
  const header = readHeader(await source.read(0, Math.min(HEADER_BYTES, sizeBytes)), ring);
  if (sizeBytes < HEADER_BYTES + TRAILER_BYTES) {
    throw new ContainerError('truncated', 'The file ends too early.', { offset: sizeBytes });
  }
  const end = sizeBytes - TRAILER_BYTES;
  const indexOffset = parseTrailer(await source.read(end, TRAILER_BYTES), sizeBytes);
  const index = await readIndex(source, header, indexOffset, end);
  checkTiling(index, indexOffset);
  return new ContainerReader(source, header, index);
}

async function readIndex(
  source: RandomSource,
  header: OpenedHeader,
  start: number,
  end: number,
): Promise<ContainerIndex> {
  const opener = new StreamOpener(header, INDEX_STREAM_ID, 'index');
  if (start < HEADER_BYTES || start >= end) {
    throw new ContainerError('truncated', 'The trailer says that the index is elsewhere.', { offset: end });
  }
  if (end - start > INDEX_FRAMES_LIMIT_BYTES) throw indexTooLarge(end - start);
  const frames = await source.read(start, end - start);
  const pieces: Buffer[] = [];
  let at = 0;
  while (!opener.isComplete) {
    if (at + FRAME_HEADER_BYTES > frames.length) throw opener.corrupted('is missing');
    const { streamId, lengthBytes } = parseFrameHeader(frames.subarray(at), start + at);
    const payloadAt = at + FRAME_HEADER_BYTES;
    at = payloadAt + lengthBytes;
    if (streamId !== INDEX_STREAM_ID || at > frames.length) throw opener.corrupted('is not where the trailer says');
    pieces.push(opener.open(frames.subarray(payloadAt, at)));
  }
  if (at !== frames.length)
    throw new ContainerError('trailing_data', 'The file goes on after its index.', { offset: start + at });
  return parseIndex(Buffer.concat(pieces));
}

/** The frames of the listed streams must fill the space between header and index, or some bytes would belong to none. */
function checkTiling(index: ContainerIndex, indexOffset: number): void {
  const framesBytes = index.streams
    .map(({ stored_size: storedBytes, segments }) => storedBytes + segments * FRAME_HEADER_BYTES)
    .reduce((sum, bytes) => sum + bytes, 0);
  if (HEADER_BYTES + framesBytes !== indexOffset) {
    throw new ContainerError('index_mismatch', 'The streams of the index do not fill the file.', {
      offset: indexOffset,
    });
  }
}
