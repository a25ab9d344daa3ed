/** Large enough that the way to the server and back matters little, small enough to hold several. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** Several streams of a file are read at once, at places that are near each other. */
const BLOCKS = 8;

/**
 * Reads a file in blocks, and the next block while one is used: small reads one after the other would each wait for an answer. At most
 * 32 MiB are held.
 */
export class BlockCache {
  /** The least recently used first. */
  private readonly blocks = new Map<number, Promise<Buffer>>();

  /** @param fetch gets a range, both ends included */
  constructor(
    private readonly sizeBytes: number,
    private readonly fetch: (start: number, end: number) => Promise<Buffer>,
  ) {}

  /** Copies a range into `target`. */
  async read(position: number, target: Buffer): Promise<void> {
    for (let done = 0; done < target.length;) {
      const at = position + done;
      const index = Math.floor(at / BLOCK_BYTES);
      const block = this.block(index);
      this.block(index + 1)?.catch(() => undefined);
      if (block === undefined) throw new RangeError('the range is not in the file');
      done += (await block).copy(target, done, at - index * BLOCK_BYTES);
    }
  }

  clear(): void {
    this.blocks.clear();
  }

  private block(index: number): Promise<Buffer> | undefined {
    const start = index * BLOCK_BYTES;
    if (start >= this.sizeBytes) return undefined;
    const known = this.blocks.get(index);
    const block = known ?? this.fetch(start, Math.min(start + BLOCK_BYTES, this.sizeBytes) - 1);
    this.blocks.delete(index);
    this.blocks.set(index, block);
    if (known !== undefined) return block;
    block.catch(() => {
      if (this.blocks.get(index) === block) this.blocks.delete(index);
    });
    const [oldest] = this.blocks.keys();
    if (this.blocks.size > BLOCKS && oldest !== undefined) this.blocks.delete(oldest);
    return block;
  }
}
