import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { discard } from '../../bytes/release-bytes';
import { decompress, LARGE_PIECE_BYTES } from '../zstd/compression';
import { InterruptibleWait } from '../../waiting/interruptible-wait';
import { ContainerError } from '../format/container-error';

/** What every zstd frame begins with (RFC 8878, section 3.1.1). */
const ZSTD_MAGIC = Buffer.from('28b52ffd', 'hex');

/**
 * How far an arriving stream may unfold before the index has said how long it is: rows of one kind come to a few hundred times
 * what is stored, and zeros to more than thirty thousand times.
 */
const MOST_TIMES_STORED = 1_000;
/** Small streams may unfold further: that costs little. */
const ALWAYS_ALLOWED_BYTES = 256 * 1024 * 1024;

/** Whether a stream whose first segment this is can be one zstd frame. */
export function beginsAsZstd(stored: Buffer): boolean {
  return stored.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC);
}

/** What a compressed stream unfolds to. */
interface Unfolded {
  readonly sizeBytes: number;
  /** Missing if it was skipped. */
  readonly sha256: string | undefined;
  /** It had a checksum, and that was right. */
  readonly hasChecksum: boolean;
}

/** Size and digest of what a compressed stream unfolds to, before the expected values are known. */
export class UnfoldedStream {
  readonly #segments = new PassThrough({ objectMode: true, highWaterMark: 1 });
  readonly #outcome: Promise<Unfolded>;
  readonly #stopping = new AbortController();
  readonly #waiting = new InterruptibleWait();
  #storedBytes = 0;
  #plainBytes = Number.POSITIVE_INFINITY;

  /**
   * @param id of the stream, which has no name yet
   * @param kind a stream with a checksum is not hashed if that skips digests; one with more than one segment is large
   */
  constructor(
    id: number,
    private readonly kind: { readonly skipsDigests: boolean; readonly isLarge: boolean },
    signal?: AbortSignal,
  ) {
    const signals = signal === undefined ? [] : [signal];
    this.#outcome = this.#run(id, AbortSignal.any([this.#stopping.signal, ...signals]));
    const over = (): void => this.#waiting.interrupt(new Error('over'));
    this.#outcome.then(over, over);
  }

  /**
   * Takes the next segment. Resolves when there is room for another, when it was no zstd after all, and after the last one when all is
   * unfolded: of a thousand streams only those that have begun take memory.
   */
  async write(stored: Buffer, isLast: boolean): Promise<void> {
    this.#storedBytes += stored.length;
    const hasRoom = this.#segments.destroyed || this.#segments.write(stored);
    if (isLast) {
      this.#segments.end();
      await this.#outcome.catch(() => undefined);
    } else if (!hasRoom) {
      await this.#waiting.until(once(this.#segments, 'drain')).catch(() => undefined);
    }
  }

  /**
   * @param plainBytes how long it is, as the index says; no more is unfolded
   * @throws ContainerError `corrupted` when it was not exactly one zstd frame, `index_mismatch` when it is longer or unfolds to more
   *   than is taken from elsewhere
   */
  async finish(plainBytes: number): Promise<Unfolded> {
    this.#plainBytes = plainBytes;
    this.#segments.end();
    return this.#outcome;
  }

  /** Frees everything, whether or not the stream has come to its end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#segments.destroy();
    await this.#outcome.catch(() => undefined);
  }

  get #mostBytes(): number {
    const timesStored = MOST_TIMES_STORED * this.#storedBytes;
    return Math.min(this.#plainBytes, Math.max(timesStored, ALWAYS_ALLOWED_BYTES));
  }

  async #run(id: number, signal: AbortSignal): Promise<Unfolded> {
    let digest: Hash | undefined;
    let sizeBytes = 0;
    let hasChecksum = false;
    const onFrame = (frame: Pick<Unfolded, 'hasChecksum'>): void => {
      hasChecksum = frame.hasChecksum;
      if (!hasChecksum || !this.kind.skipsDigests) digest = createHash('sha256');
    };
    const pieces = this.kind.isLarge ? { pieceBytes: LARGE_PIECE_BYTES } : {};
    const unfolded = decompress({ id, name: String(id) }, this.#segments, { signal, onFrame, ...pieces });
    await discard(unfolded, (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes > this.#mostBytes) {
        throw new ContainerError('index_mismatch', `Stream ${id} unfolds to more than it may.`, { streamId: id });
      }
      digest?.update(chunk);
    });
    return { sizeBytes, sha256: digest?.digest('hex'), hasChecksum };
  }
}
