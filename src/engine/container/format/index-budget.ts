import { INDEX_LIMIT_BYTES, SEGMENT_BYTES } from './layout';
import { indexTooLarge } from './manifest';

/** Base64 of eight bytes for each frame's offset. */
const BYTES_PER_FRAME = 32 / 3;

/** Kept free for the manifest: some ten thousand tables. */
const MANIFEST_BYTES = 4 * 1_048_576;

/** Share of the expected bytes after which their compression is known well enough to say how it will end. */
const SAMPLE_SHARE = 0.05;

/** An estimate has to exceed the limit by this much before a backup is given up for it. */
const DOUBT = 1.25;

/**
 * Foresees an index beyond the limit of the format, so that a backup that cannot be finished fails early
 * instead of after a night of work.
 */
export class IndexBudget {
  #frames = 0;
  #plainBytes = 0;

  /** @param expectedPlainBytes about how many bytes all streams together will have before compression, when known */
  constructor(private readonly expectedPlainBytes?: number) {}

  /** Counts bytes that were read, before compression. */
  addPlain(lengthBytes: number): void {
    this.#plainBytes += lengthBytes;
  }

  /**
   * Counts one frame that was written.
   * @throws ContainerError `index_too_large` when the index is too large, or is going to be
   */
  addFrame(): void {
    this.#frames += 1;
    const indexBytes = Math.ceil(this.#frames * BYTES_PER_FRAME);
    if (indexBytes > INDEX_LIMIT_BYTES - MANIFEST_BYTES) throw indexTooLarge(indexBytes);
    const expected = this.expectedPlainBytes ?? 0;
    if (this.#plainBytes < expected * SAMPLE_SHARE || this.#plainBytes < SEGMENT_BYTES) return;
    const finalBytes = Math.ceil((indexBytes * expected) / this.#plainBytes);
    if (finalBytes > INDEX_LIMIT_BYTES * DOUBT) throw indexTooLarge(finalBytes);
  }
}
