import { lend } from '../../bytes/borrowed';
import type { ByteSink } from '../../bytes/byte-sink';

/** Puts the frames of several streams into one file, one after the other, and knows where each of them went. */
export class FrameOutput {
  #positionBytes = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly sink: ByteSink) {}

  /** Bytes written so far. */
  get positionBytes(): number {
    return this.#positionBytes;
  }

  /**
   * Appends bytes when everything before them has been written.
   * After one failed write every later one fails with its error, for the file has a gap.
   * @returns their offset in the file
   */
  append(bytes: Uint8Array): Promise<number> {
    const written = this.#last.then(async () => {
      const offset = this.#positionBytes;
      await this.sink.write(lend(bytes));
      this.#positionBytes += bytes.length;
      return offset;
    });
    written.catch(() => undefined);
    this.#last = written;
    return written;
  }
}
