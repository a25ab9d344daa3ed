/** Sizes and numbers of format version 2 (docs/format.md), in bytes unless the name says otherwise. */

/** The header in front of everything. */
export const HEADER_BYTES = 128;

/** A segment as stored, tag included; the first one shares its space with the stream header. */
export const SEGMENT_BYTES = 1_048_576;

/** The AES-GCM tag that ends each segment. */
export const TAG_BYTES = 16;

/** Length byte, salt and nonce prefix in front of a stream's first segment. */
export const STREAM_HEADER_BYTES = 40;

/** Stream id and payload length in front of each frame's payload. */
export const FRAME_HEADER_BYTES = 6;

/** The end of the file: where the index is, how long the file is, and an end mark. */
export const TRAILER_BYTES = 24;

/** The stream id that means the index. */
export const INDEX_STREAM_ID = 65_535;

/** Most plaintext bytes an index may have. */
export const INDEX_LIMIT_BYTES = 64 * 1_048_576;

/** Most segments a stream may have. */
export const SEGMENT_COUNT_LIMIT = 2 ** 31 - 1;

/** Plaintext bytes that a full segment holds. @param segment its number within the stream, from 0 */
export function segmentCapacityBytes(segment: number): number {
  return SEGMENT_BYTES - TAG_BYTES - (segment === 0 ? STREAM_HEADER_BYTES : 0);
}

/** Least bytes a stored segment can have: only an empty stream has an empty one. @param segment its number, from 0 */
export function smallestSegmentBytes(segment: number): number {
  return segment === 0 ? STREAM_HEADER_BYTES + TAG_BYTES : TAG_BYTES + 1;
}
