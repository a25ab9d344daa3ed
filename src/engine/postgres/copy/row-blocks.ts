import { type Borrowed, lend } from '../../bytes/borrowed';

/** What is compressed at once. Smaller ones mean more trips to the thread pool. */
const BLOCK_BYTES = 512 * 1024;
/** A block is full when less than what a socket may give at once has room in it. */
const LEAST_ROOM_BYTES = 64 * 1024;
/** One is filled, one waits, and two are with the consumer. */
const BLOCKS = 4;

/**
 * The few blocks of memory that all rows of a connection pass through. Bytes go from the socket into a block, and the block to the
 * consumer. **A block is overwritten after the second request after it.** When none is free, the socket waits.
 */
export class RowBlocks {
  private readonly free: Buffer[] = [];
  private readonly lent: Buffer[] = [];
  private current: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private filledBytes = 0;
  private made = 1;
  /** Full ones that have not been asked for. */
  private readonly ready: { readonly block: Buffer; readonly bytes: number }[] = [];

  /** Whether more can be taken in, now and while it lasts. */
  get hasRoom(): boolean {
    return this.free.length > 0 || this.made < BLOCKS;
  }

  /** Where the next bytes go: room for what a socket gives at once, even if {@link hasRoom} says that it should wait. */
  space(): Buffer {
    return this.current.subarray(this.filledBytes);
  }

  /** The first bytes of the last {@link space} are rows. */
  filled(bytes: number): void {
    this.filledBytes += bytes;
    if (this.current.length - this.filledBytes < LEAST_ROOM_BYTES) this.turn();
  }

  /** Whether {@link next} has something. */
  get isReady(): boolean {
    return this.ready.length > 0;
  }

  /** The oldest full block, which the consumer may use until the second call that gives one after this; `undefined` when there is none. */
  next(): Borrowed | undefined {
    const next = this.ready.shift();
    if (next === undefined) return undefined;
    if (this.lent.length > 1) this.free.push(...this.lent.splice(0, 1));
    this.lent.push(next.block);
    return lend(next.block.subarray(0, next.bytes));
  }

  /** What has been filled is all there is: it goes to the consumer although its block is not full. */
  flush(): void {
    if (this.filledBytes > 0) this.turn();
  }

  private turn(): void {
    this.ready.push({ block: this.current, bytes: this.filledBytes });
    this.filledBytes = 0;
    this.current = this.free.pop() ?? this.make();
  }

  private make(): Buffer {
    this.made += 1;
    return Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }
}
