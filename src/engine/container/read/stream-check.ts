import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { discard } from '../../bytes/release-bytes';
import type { StreamEntry } from '../format/manifest';
import { InterruptibleWait } from '../../waiting/interruptible-wait';
import { LARGE_PIECE_BYTES } from '../zstd/compression';
import { checkedPlaintext } from './plain-check';

/** Smaller streams need few trips in any case, and thousands of them no large buffers. */
const MANY_PIECES_BYTES = 16 * LARGE_PIECE_BYTES;

/**
 * Looks at the plaintext of a stream while it is checked; what it leaves unread is checked all the same.
 *
 * @param chunks are its own: it frees their memory
 */
export type PlainReader = (chunks: AsyncIterable<Buffer>) => Promise<void>;

/** Compares one stream with its entry in the index while its segments come in between those of others. */
export class StreamCheck {
  /** Holds one segment, so that the next one is opened while this one is decompressed. */
  readonly #segments = new PassThrough({ objectMode: true, highWaterMark: 1 });
  readonly #outcome: Promise<void>;
  readonly #stopping = new AbortController();
  readonly #waiting = new InterruptibleWait();
  #failure: Error | undefined;
  #segmentsTaken = 0;

  constructor(
    readonly entry: StreamEntry,
    private readonly reader?: PlainReader,
    signal?: AbortSignal,
  ) {
    const signals = signal === undefined ? [] : [signal];
    this.#outcome = this.#run(AbortSignal.any([this.#stopping.signal, ...signals]));
    const over = (): void => this.#waiting.interrupt(new Error('over'));
    this.#outcome.then(over, over);
  }

  /**
   * Takes the stream's next opened segment. Resolves when there is room for another; after the last one when all is compared, so that
   * of a thousand streams only those that have begun take memory.
   */
  async write(stored: Buffer): Promise<void> {
    this.#segmentsTaken += 1;
    const hasRoom = this.#segments.write(stored);
    if (this.#segmentsTaken === this.entry.segments) await this.finish();
    else if (!hasRoom) await this.#room();
  }

  async #room(): Promise<void> {
    // If the wait ends early, the check has ended: its outcome counts.
    await this.#waiting.until(once(this.#segments, 'drain')).catch(() => this.#outcome);
  }

  /** @throws ContainerError `corrupted`, `index_mismatch` or `digest_mismatch` */
  async finish(): Promise<void> {
    this.#segments.end();
    await this.#outcome;
  }

  /** Frees everything, whether or not the stream has come to its end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#segments.destroy();
    await this.#outcome.catch(() => undefined);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const checked = this.#checked(signal);
    try {
      // The check goes on when the reader has read enough, and when the reader swallows an error that it was given.
      await this.reader?.({ [Symbol.asyncIterator]: () => ({ next: () => checked.next() }) });
      await discard(checked);
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      await checked.return();
    }
  }

  async *#checked(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    try {
      const isOnlyLookedAt = this.reader === undefined && this.entry.plain_size >= MANY_PIECES_BYTES;
      const pieces = isOnlyLookedAt ? { pieceBytes: LARGE_PIECE_BYTES } : {};
      yield* checkedPlaintext(this.entry, this.#segments, { signal, ...pieces });
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error('stopped', { cause: error });
      throw this.#failure;
    }
  }
}
