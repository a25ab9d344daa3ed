import { openContainer } from '../../src/engine/container/read/container-reader';
import { encodeTrailer } from '../../src/engine/container/format/frame';
import { readHeader } from '../../src/engine/container/format/header';
import {
  FRAME_HEADER_BYTES,
  HEADER_BYTES,
  INDEX_STREAM_ID,
  TRAILER_BYTES,
} from '../../src/engine/container/format/layout';
import type { ContainerIndex, StreamEntry } from '../../src/engine/container/format/manifest';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { sealStream } from '../../src/engine/container/write/stream-sealer';
import { chunksOf, testRing } from './containers';

/** The frames of a file, the index's included. */
export function framesOf(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = HEADER_BYTES; at < file.length - TRAILER_BYTES;) {
    const next = at + FRAME_HEADER_BYTES + file.readUInt32BE(at + 2);
    frames.push(file.subarray(at, next));
    at = next;
  }
  return frames;
}

/** The stream that a frame is of. */
export const idOf = (frame: Buffer) => frame.readUInt16BE(0);

/** Puts a file together with a trailer that fits. */
export function assembled(header: Buffer, frames: readonly Buffer[]): Buffer {
  const body = Buffer.concat([header.subarray(0, HEADER_BYTES), ...frames]);
  const firstIndex = frames.findIndex((frame) => idOf(frame) === INDEX_STREAM_ID);
  const before = frames.slice(0, firstIndex).reduce((sum, frame) => sum + frame.length, HEADER_BYTES);
  return Buffer.concat([body, encodeTrailer(before, body.length + TRAILER_BYTES)]);
}

/** A file with its index rewritten by a holder of the key: only a faulty or hostile writer makes one. */
export async function withIndex(file: Buffer, change: (index: ContainerIndex) => unknown): Promise<Buffer> {
  const { index } = await openContainer(bufferSource(file), testRing);
  const header = readHeader(file.subarray(0, HEADER_BYTES), testRing);
  const text = Buffer.from(JSON.stringify(change(index)));
  const indexFrames: Buffer[] = [];
  for await (const frame of sealStream(header, INDEX_STREAM_ID, chunksOf(text, 65_536))) indexFrames.push(frame);
  return assembled(file, [...framesOf(file).filter((frame) => idOf(frame) !== INDEX_STREAM_ID), ...indexFrames]);
}

/** An index whose first stream says something else of itself. */
export const withStream = (index: ContainerIndex, changes: Partial<Record<keyof StreamEntry, unknown>>) => ({
  ...index,
  streams: index.streams.map((stream, i) => (i === 0 ? { ...stream, ...changes } : stream)),
});
