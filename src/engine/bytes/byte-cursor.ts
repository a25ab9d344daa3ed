import { releaseBytes } from './release-bytes';

/** Takes an arriving sequence of chunks apart into pieces of wanted length. */
export class ByteCursor {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #isOwner: boolean;
  /** The chunk whose rest is {@link #current}. */
  #chunk: Uint8Array | undefined;
  #used: Uint8Array[] = [];
  #current: Buffer = Buffer.alloc(0);
  #positionBytes = 0;
  #isEnded = false;

  /** @param isOwner no other code holds the chunks: the memory of what was taken is freed when the next piece is, or at the end */
  constructor(chunks: AsyncIterable<Uint8Array>, { isOwner = false } = {}) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#isOwner = isOwner;
  }

  /** Bytes taken so far. */
  get positionBytes(): number {
    return this.#positionBytes;
  }

  /**
   * The next bytes; fewer only when the input has ended. A piece that lies within one chunk is a view of it. If
   * the cursor owns its chunks, a piece is valid until the next one is taken.
   * Memory is taken for bytes that have arrived, not for those that were asked for.
   */
  async take(lengthBytes: number): Promise<Buffer> {
    this.#release();
    const pieces: Buffer[] = [];
    let missing = lengthBytes;
    while (missing > 0 && (this.#current.length > 0 || (await this.#advance()))) {
      const piece = this.#current.subarray(0, missing);
      this.#current = this.#current.subarray(piece.length);
      missing -= piece.length;
      pieces.push(piece);
      if (this.#isOwner && this.#current.length === 0 && this.#chunk !== undefined) this.#used.push(this.#chunk);
    }
    this.#positionBytes += lengthBytes - missing;
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined) return only;
    const joined = Buffer.concat(pieces);
    if (this.#isOwner) this.#used.push(joined);
    return joined;
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    this.#release();
    if (!this.#isEnded) await this.#chunks.return?.();
  }

  #release(): void {
    for (const chunk of this.#used.splice(0)) releaseBytes(chunk);
  }

  /** Gets the next chunk that has bytes. Returns false at the end of the input. */
  async #advance(): Promise<boolean> {
    while (this.#current.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#isEnded = true;
        return false;
      }
      this.#chunk = next.value;
      const { buffer, byteOffset, byteLength } = next.value;
      this.#current = Buffer.from(buffer, byteOffset, byteLength);
    }
    return true;
  }
}
