import { randomBytes } from 'node:crypto';
import { releaseBytes } from '../../bytes/release-bytes';
import { writeFrameHeader } from '../format/frame';
import type { OpenedHeader } from '../format/header';
import { streamKey } from '../format/key-derivation';
import {
  FRAME_HEADER_BYTES,
  SEGMENT_COUNT_LIMIT,
  STREAM_HEADER_BYTES,
  TAG_BYTES,
  segmentCapacityBytes,
} from '../format/layout';
import { SegmentCipher } from '../format/segment-cipher';

const SALT_BYTES = 32;
const PREFIX_BYTES = 7;

/**
 * Seals one stream: bytes in, whole frames out, each of them one segment ready to be written (docs/format.md, "Streams").
 * The plaintext chunks are the sealer's: they are kept until their segment is full, and then their memory is freed.
 */
export async function* sealStream(
  header: OpenedHeader,
  streamId: number,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const prefix = randomBytes(PREFIX_BYTES);
  const cipher = new SegmentCipher(streamKey(header.dek, salt, header.fileIdBytes, streamId), prefix);
  const streamHeader = Buffer.concat([Buffer.of(STREAM_HEADER_BYTES), salt, prefix]);
  const held = new HeldBytes();
  let segment = 0;

  const frameOf = (pieces: readonly Uint8Array[], plainBytes: number, isLast: boolean): Buffer => {
    if (segment >= SEGMENT_COUNT_LIMIT) throw new RangeError('A stream cannot have more segments.');
    const front = segment === 0 ? streamHeader : Buffer.alloc(0);
    const sealedAt = FRAME_HEADER_BYTES + front.length;
    const frame = Buffer.allocUnsafeSlow(sealedAt + plainBytes + TAG_BYTES);
    writeFrameHeader(frame, streamId);
    front.copy(frame, FRAME_HEADER_BYTES);
    cipher.seal(segment, isLast, pieces, frame, sealedAt);
    pieces.forEach(releaseBytes);
    segment += 1;
    return frame;
  };

  for await (const chunk of plaintext) {
    held.add(chunk);
    // A full segment waits for the byte after it: only then is it known not to be the last.
    for (let full = segmentCapacityBytes(segment); held.sizeBytes > full; full = segmentCapacityBytes(segment)) {
      yield frameOf(held.take(full), full, false);
    }
  }
  const rest = held.sizeBytes;
  yield frameOf(held.take(rest), rest, true);
}

/** Chunks that wait to become a segment. */
class HeldBytes {
  #pieces: Uint8Array[] = [];
  sizeBytes = 0;

  add(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#pieces.push(chunk);
    this.sizeBytes += chunk.length;
  }

  /** Takes exactly so many bytes from the front, without copying them. */
  take(lengthBytes: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let missing = lengthBytes;
    while (missing > 0) {
      const piece = this.#pieces[0];
      if (piece === undefined) throw new RangeError('More bytes were asked for than are held.');
      if (piece.length > missing) {
        taken.push(piece.subarray(0, missing));
        this.#pieces[0] = piece.subarray(missing);
        missing = 0;
      } else {
        taken.push(piece);
        this.#pieces.shift();
        missing -= piece.length;
      }
    }
    this.sizeBytes -= lengthBytes;
    return taken;
  }
}
