import { lend } from '../../engine/bytes/borrowed';
import type { ByteSink } from '../../engine/bytes/byte-sink';

/** What arrives comes in chunks of 64 KiB at most, and each write is a trip to another thread and back. */
const BLOCK_BYTES = 512 * 1024;

/** Writes a block while the next one arrives. What a write fails with is told by the next call. */
export class WriteBehind {
  private block: Buffer = Buffer.alloc(0);
  private other: Buffer = Buffer.alloc(0);
  private filledBytes = 0;
  private writing: Promise<unknown> = Promise.resolve();

  /** @param sinks each gets every byte */
  constructor(private readonly sinks: readonly ByteSink[]) {}

  /** @param chunk is copied */
  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      if (this.block.length === 0) this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const piece = chunk.subarray(at, at + BLOCK_BYTES - this.filledBytes);
      this.block.set(piece, this.filledBytes);
      this.filledBytes += piece.length;
      at += piece.length;
      if (this.filledBytes === BLOCK_BYTES) await this.flush();
    }
  }

  /** Resolves when all is written. */
  async end(): Promise<void> {
    if (this.filledBytes > 0) await this.flush();
    await this.writing;
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    await this.writing.catch(() => undefined);
  }

  private async flush(): Promise<void> {
    await this.writing;
    const full = this.block.subarray(0, this.filledBytes);
    [this.block, this.other, this.filledBytes] = [this.other, this.block, 0];
    this.writing = Promise.all(this.sinks.map((sink) => sink.write(lend(full))));
    // The next call awaits it; until then it is not unhandled.
    this.writing.catch(() => undefined);
  }
}
