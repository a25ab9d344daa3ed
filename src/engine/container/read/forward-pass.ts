import { ByteCursor } from '../../bytes/byte-cursor';
import { ContainerError } from '../format/container-error';
import { encodeTrailer, parseFrameHeader, type FrameHeader } from '../format/frame';
import { type OpenedHeader, readHeader } from '../format/header';
import type { KeyRing } from '../keys/key-ring';
import { FRAME_HEADER_BYTES, HEADER_BYTES, INDEX_LIMIT_BYTES, INDEX_STREAM_ID, TRAILER_BYTES } from '../format/layout';
import { type ContainerIndex, encodeOffsets, indexTooLarge, parseIndex } from '../format/manifest';
import { StreamOpener } from './stream-opener';

/** The source, the keys and the observers that the caller gives to a forward pass. */
export interface ForwardPass {
  ring: KeyRing;
  signal?: AbortSignal | undefined;
  /** No other code holds the chunks: their memory is freed as they are used. */
  isOwner?: boolean | undefined;
  /** Names streams in errors, when the index is known already. */
  nameOf?: (streamId: number) => string | undefined;
  /** Receives each verified segment, apart from the index's, as the stream stores it: still compressed. */
  onSegment: (streamId: number, stored: Buffer, isLast: boolean) => Promise<void> | void;
}

/** What a forward pass has found to be true. */
export interface ForwardFindings {
  header: OpenedHeader;
  index: ContainerIndex;
  sizeBytes: number;
}

/** What was seen of one stream. */
interface SeenStream {
  opener: StreamOpener;
  storedBytes: number;
  frameOffsets: number[];
}

/**
 * Reads a container from front to back once and authenticates every byte of it: header, every segment, index, trailer,
 * and that the index describes exactly what was there. Digests are the caller's part, who gets every segment.
 * @throws ContainerError of any fault but `digest_mismatch`
 */
export async function readForward(chunks: AsyncIterable<Uint8Array>, pass: ForwardPass): Promise<ForwardFindings> {
  const cursor = new ByteCursor(chunks, { isOwner: pass.isOwner === true });
  try {
    const header = readHeader(await cursor.take(HEADER_BYTES), pass.ring);
    const streams = new Map<number, SeenStream>();
    let offset = cursor.positionBytes;
    let frame = await nextFrame(cursor);
    for (; frame.streamId !== INDEX_STREAM_ID; offset = cursor.positionBytes, frame = await nextFrame(cursor)) {
      pass.signal?.throwIfAborted();
      const seen = streams.get(frame.streamId) ?? {
        opener: new StreamOpener(header, frame.streamId, pass.nameOf?.(frame.streamId)),
        storedBytes: 0,
        frameOffsets: [],
      };
      const stored = seen.opener.open(await payloadOf(cursor, frame));
      streams.set(frame.streamId, seen);
      seen.storedBytes += frame.lengthBytes;
      seen.frameOffsets.push(offset);
      await pass.onSegment(frame.streamId, stored, seen.opener.isComplete);
    }
    for (const { opener } of streams.values()) {
      if (!opener.isComplete) throw opener.corrupted('is missing');
    }
    const index = await readIndex(cursor, header, frame);
    await checkEnd(cursor, offset);
    compareStreams(index, streams);
    return { header, index, sizeBytes: cursor.positionBytes };
  } finally {
    await cursor.close();
  }
}

async function nextFrame(cursor: ByteCursor): Promise<FrameHeader> {
  const offset = cursor.positionBytes;
  const bytes = await cursor.take(FRAME_HEADER_BYTES);
  if (bytes.length < FRAME_HEADER_BYTES) throw endsEarly(cursor);
  return parseFrameHeader(bytes, offset);
}

async function payloadOf(cursor: ByteCursor, frame: FrameHeader): Promise<Buffer> {
  const payload = await cursor.take(frame.lengthBytes);
  if (payload.length < frame.lengthBytes) throw endsEarly(cursor);
  return payload;
}

async function readIndex(cursor: ByteCursor, header: OpenedHeader, first: FrameHeader): Promise<ContainerIndex> {
  const opener = new StreamOpener(header, INDEX_STREAM_ID, 'index');
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for (let frame = first; ; frame = await nextFrame(cursor)) {
    if (frame.streamId !== INDEX_STREAM_ID) throw opener.corrupted('is missing');
    const piece = opener.open(await payloadOf(cursor, frame));
    pieces.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes > INDEX_LIMIT_BYTES) throw indexTooLarge(sizeBytes);
    if (opener.isComplete) return parseIndex(Buffer.concat(pieces));
  }
}

async function checkEnd(cursor: ByteCursor, indexOffset: number): Promise<void> {
  const expected = encodeTrailer(indexOffset, cursor.positionBytes + TRAILER_BYTES);
  const trailer = await cursor.take(TRAILER_BYTES);
  if (trailer.length < TRAILER_BYTES) throw endsEarly(cursor);
  const isRight = trailer.equals(expected);
  const offset = cursor.positionBytes;
  if ((await cursor.take(1)).length > 0) {
    throw new ContainerError('trailing_data', 'The file goes on after its end.', { offset });
  }
  if (!isRight) {
    throw new ContainerError(
      'truncated',
      'The trailer does not fit the file: its end was not written, or was changed.',
      {
        offset: offset - TRAILER_BYTES,
      },
    );
  }
}

function compareStreams(index: ContainerIndex, streams: ReadonlyMap<number, SeenStream>): void {
  const unlisted = new Set(streams.keys());
  for (const entry of index.streams) {
    const seen = streams.get(entry.id);
    const isSame =
      seen?.storedBytes === entry.stored_size &&
      seen.frameOffsets.length === entry.segments &&
      encodeOffsets(seen.frameOffsets) === entry.frame_offsets;
    if (!isSame) throw mismatch(`Stream ${entry.name} is not where the index says.`, entry.id, entry.name);
    unlisted.delete(entry.id);
  }
  for (const id of unlisted) throw mismatch(`Stream ${id} is not in the index.`, id);
}

function mismatch(message: string, streamId: number, streamName?: string): ContainerError {
  return new ContainerError('index_mismatch', message, {
    streamId,
    streamName,
  });
}

function endsEarly(cursor: ByteCursor): ContainerError {
  return new ContainerError('truncated', 'The file ends too early.', { offset: cursor.positionBytes });
}
