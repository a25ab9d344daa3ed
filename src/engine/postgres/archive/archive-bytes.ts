import { releaseBytes } from '../../bytes/release-bytes';

/**
 * Reads the numbers and texts of which the head of an archive is made, from bytes that arrive in pieces. A read beyond what has
 * arrived yields nothing and sets {@link isShort}; the caller then calls {@link more} and reads again from where it began.
 */
export class ArchiveBytes {
  private bytes = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Uint8Array>;
  /** Of the next read. */
  at = 0;
  isShort = false;
  /** Bytes of a number, without its sign; of a position. The archive's beginning says them. */
  intSize = 4;
  offsetSize = 8;

  /** @param isOwner no other code holds the chunks: their memory is freed when they have been taken over */
  constructor(
    archive: AsyncIterable<Uint8Array>,
    private readonly isOwner: boolean,
  ) {
    this.chunks = archive[Symbol.asyncIterator]();
  }

  /** Begins again at `at`, with more bytes. False at the end of the archive. */
  async more(at: number): Promise<boolean> {
    const left = this.bytes.subarray(at);
    const parts: Uint8Array[] = [left];
    let length = 0;
    // As much again as there is already: a long definition would be copied for each piece that arrives.
    while (length === 0 || length < left.length) {
      const chunk = await this.chunks.next();
      if (chunk.done === true) break;
      parts.push(chunk.value);
      length += chunk.value.length;
    }
    const before = this.bytes;
    this.bytes = Buffer.concat(parts);
    releaseBytes(before);
    if (this.isOwner) for (const part of parts.slice(1)) releaseBytes(part);
    this.at = 0;
    this.isShort = false;
    return length > 0;
  }

  /** What lies between two places; it is gone when {@link more} has been called. */
  between(from: number, to: number): Buffer {
    return this.bytes.subarray(from, to);
  }

  /** What has arrived and was not read, and then the rest of the archive. */
  async *rest(): AsyncGenerator<Buffer, void, undefined> {
    if (this.at < this.bytes.length) yield Buffer.from(this.bytes.subarray(this.at));
    for (;;) {
      const chunk = await this.chunks.next();
      if (chunk.done === true) return;
      yield Buffer.from(chunk.value.buffer, chunk.value.byteOffset, chunk.value.byteLength);
    }
  }

  /** To be called when the archive is not read to its end. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  byte(): number {
    const value = this.bytes[this.at];
    this.at += 1;
    if (value !== undefined) return value;
    this.isShort = true;
    return 0;
  }

  /** A sign, then the least significant byte first. */
  int(): number {
    const isNegative = this.byte() !== 0;
    let value = 0;
    for (let i = 0; i < this.intSize; i += 1) value += this.byte() * 2 ** (8 * i);
    return isNegative ? -value : value;
  }

  /** `undefined` for a text that is not there, which is another thing than an empty one; as {@link between}. */
  text(): Buffer | undefined {
    const length = this.skipText();
    return length < 0 ? undefined : this.bytes.subarray(this.at - length, this.at);
  }

  /** @returns how long the text is that is passed over, bytes; below 0 when it is not there */
  skipText(): number {
    const length = this.int();
    if (this.isShort || length < 0) return -1;
    this.at += length;
    if (this.at > this.bytes.length) this.isShort = true;
    return length;
  }

  /** A position of rows: a flag, then the number. */
  skipOffset(): void {
    this.at += 1 + this.offsetSize;
    if (this.at > this.bytes.length) this.isShort = true;
  }
}
