import { releaseBytes } from '../../bytes/release-bytes';

/** Takes the plaintext of a stream apart into the parts that lie in it one after the other. */
export class StreamCutter {
  private readonly chunks: AsyncIterator<Buffer>;
  /** Of the chunk that came last, what belongs to the next part. */
  private rest: Buffer = Buffer.alloc(0);

  /** @param chunks are its own */
  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * The next bytes. All of them have to be taken before any more are asked for.
   *
   * @throws what the source throws
   */
  async *take(bytes: number): AsyncGenerator<Buffer, void, undefined> {
    for (let missing = bytes; missing > 0;) {
      const chunk = await this.next();
      if (chunk === undefined) throw new Error('a stream of rows ends before its last part');
      const piece = chunk.subarray(0, missing);
      this.rest = chunk.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }

  /** Passes over the next bytes. */
  async skip(bytes: number): Promise<void> {
    for await (const piece of this.take(bytes)) releaseBytes(piece);
  }

  /** Reads what is left, because only the end of a stream says that it was whole. */
  async finish(): Promise<void> {
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) this.rest = Buffer.alloc(0);
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private async next(): Promise<Buffer | undefined> {
    if (this.rest.length > 0) return this.rest;
    const next = await this.chunks.next();
    return next.done === true ? undefined : next.value;
  }
}
