import { ContainerError } from './container-error';
import { FRAME_HEADER_BYTES, SEGMENT_BYTES, TRAILER_BYTES } from './layout';

const END_MARK = Buffer.from('BSCCEND2');

/** What stands in front of each segment in the file (docs/format.md, "Frames"). */
export interface FrameHeader {
  streamId: number;
  /** Bytes of the payload: one segment, and the stream header in front of a first one. */
  lengthBytes: number;
}

/** Fills in the header of a frame whose buffer begins with the six bytes it needs. */
export function writeFrameHeader(frame: Buffer, streamId: number): void {
  frame.writeUInt16BE(streamId, 0);
  frame.writeUInt32BE(frame.length - FRAME_HEADER_BYTES, 2);
}

/**
 * @param offset where the frame is in the file, for the error
 * @throws ContainerError `corrupted` for a length that no frame has, before anything is allocated
 */
export function parseFrameHeader(bytes: Buffer, offset: number): FrameHeader {
  const streamId = bytes.readUInt16BE(0);
  const lengthBytes = bytes.readUInt32BE(2);
  if (lengthBytes === 0 || lengthBytes > SEGMENT_BYTES) {
    throw new ContainerError('corrupted', 'A frame has an impossible length.', { streamId, offset });
  }
  return { streamId, lengthBytes };
}

/** The last 24 bytes of a file. */
export function encodeTrailer(indexOffset: number, fileBytes: number): Buffer {
  const trailer = Buffer.allocUnsafe(TRAILER_BYTES);
  trailer.writeBigUInt64BE(BigInt(indexOffset), 0);
  trailer.writeBigUInt64BE(BigInt(fileBytes), 8);
  END_MARK.copy(trailer, 16);
  return trailer;
}

/**
 * Where the trailer says the index begins: a hint, for nothing authenticates it.
 * @throws ContainerError `truncated` when the end mark is missing or the length is not the file's
 */
export function parseTrailer(trailer: Buffer, fileBytes: number): number {
  if (!trailer.subarray(16).equals(END_MARK) || trailer.readBigUInt64BE(8) !== BigInt(fileBytes)) {
    throw new ContainerError('truncated', 'The file does not end where its writer ended it.', { offset: fileBytes });
  }
  return Number(trailer.readBigUInt64BE(0));
}
