import { ContainerError } from '../format/container-error';
import type { OpenedHeader } from '../format/header';
import { streamKey } from '../format/key-derivation';
import { SEGMENT_BYTES, SEGMENT_COUNT_LIMIT, STREAM_HEADER_BYTES, smallestSegmentBytes } from '../format/layout';
import { SegmentCipher } from '../format/segment-cipher';

/** Opens the segments of one stream in order (docs/format.md, "Streams"). */
export class StreamOpener {
  #cipher: SegmentCipher | undefined;
  #segments = 0;
  #isComplete = false;

  /** @param streamName for errors, when it is known */
  constructor(
    readonly header: OpenedHeader,
    readonly streamId: number,
    readonly streamName?: string,
  ) {}

  /** Segments opened so far. */
  get segments(): number {
    return this.#segments;
  }

  /** Whether the last segment has been opened. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Opens the next segment.
   * @param payload the payload of the stream's next frame
   * @returns its plaintext, verified
   * @throws ContainerError `corrupted`, naming stream and segment
   */
  open(payload: Buffer): Buffer {
    const segment = this.#segments;
    if (this.#isComplete) throw this.corrupted('follows the last segment of its stream');
    if (payload.length < smallestSegmentBytes(segment) || segment >= SEGMENT_COUNT_LIMIT) {
      throw this.corrupted('has an impossible length');
    }
    this.#cipher ??= this.#cipherOf(payload);
    const sealed = segment === 0 ? payload.subarray(STREAM_HEADER_BYTES) : payload;
    // Only the last segment may be short. A full one is seldom the last, so that is tried second.
    let plaintext = payload.length === SEGMENT_BYTES ? this.#cipher.open(segment, false, sealed) : undefined;
    if (plaintext === undefined) {
      plaintext = this.#cipher.open(segment, true, sealed);
      this.#isComplete = plaintext !== undefined;
    }
    if (plaintext === undefined) throw this.corrupted('fails authentication');
    this.#segments += 1;
    return plaintext;
  }

  /** The error for the segment that would be opened next. @param what a predicate, for the message */
  corrupted(what: string): ContainerError {
    const segment = this.#segments;
    return new ContainerError(
      'corrupted',
      `Segment ${segment} of stream ${this.streamName ?? this.streamId} ${what}.`,
      {
        streamId: this.streamId,
        streamName: this.streamName,
        segment,
      },
    );
  }

  #cipherOf(payload: Buffer): SegmentCipher {
    if (payload[0] !== STREAM_HEADER_BYTES) throw this.corrupted('has no stream header');
    const salt = payload.subarray(1, 33);
    const prefix = Buffer.from(payload.subarray(33, STREAM_HEADER_BYTES));
    return new SegmentCipher(streamKey(this.header.dek, salt, this.header.fileIdBytes, this.streamId), prefix);
  }
}
