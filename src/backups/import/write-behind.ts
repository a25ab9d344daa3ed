import { lend } from '../../engine/bytes/borrowed';
import type { ByteSink } from '../../engine/bytes/byte-sink';

/** Size of a write. Chunks arrive with at most 64 KiB, and each write is a round trip to a thread of the pool. */
const BLOCK_BYTES = 512 * 1024;

/** Writes one block while the next one fills. The next call reports the error of a failed write. */
export class WriteBehind {
  private block: Buffer = Buffer.alloc(0);
  private other: Buffer = Buffer.alloc(0);
  private filledBytes = 0;
  private writing: Promise<void> = Promise.resolve();

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

  /** Ends only when every sink has stopped writing, even if one of them has failed. */
  private async writeToAll(block: Buffer): Promise<void> {
    const written = await Promise.allSettled(this.sinks.map((sink) => sink.write(lend(block))));
    for (const outcome of written) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async flush(): Promise<void> {
    await this.writing;
    const full = this.block.subarray(0, this.filledBytes);
    [this.block, this.other, this.filledBytes] = [this.other, this.block, 0];
    this.writing = this.writeToAll(full);
    // The next call awaits and reports it.
    this.writing.catch(() => undefined);
  }
}
