/** The format's limit for a zstd window, as a power of two (docs/format.md, "Compression"). */
export const ZSTD_WINDOW_LOG_MAX = 27;

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const BLOCK_HEADER_BYTES = 3;
const CONTENT_CHECKSUM_BYTES = 4;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

/**
 * Follows the outline of a zstd frame (RFC 8878, section 3.1.1) without decompressing it, to know where it ends.
 * Node's decoder does not tell: it ignores what follows a frame in the same chunk, and opens a second frame in a later one.
 */
export class ZstdFrameWalker {
  /** Bytes of the current field, when it is split between chunks. */
  #pending = Buffer.alloc(0);
  #skipBytes = 0;
  #hasChecksum = false;
  #stage: 'header' | 'block' | 'end' | 'invalid' = 'header';
  #isLastBlock = false;

  /** Whether the frame has come to its end. */
  get isComplete(): boolean {
    return this.#stage === 'end';
  }

  /** Whether this is no frame, or none that the format allows. */
  get isInvalid(): boolean {
    return this.#stage === 'invalid';
  }

  /** Whether the header is complete and allowed. */
  get isBegun(): boolean {
    return this.#stage === 'block' || this.#stage === 'end';
  }

  /** Whether the frame ends with a checksum of what it holds. Known once its header is there. */
  get hasChecksum(): boolean {
    return this.#hasChecksum;
  }

  /** @returns how many of these bytes belong to the frame: fewer than there are when it ends before them, or is invalid */
  push(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && !this.isComplete && !this.isInvalid) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, chunk.length - at);
        this.#skipBytes -= skipped;
        at += skipped;
        if (this.#skipBytes === 0 && this.#isLastBlock) this.#stage = 'end';
      } else {
        at += this.#field(chunk.subarray(at));
      }
    }
    return at;
  }

  /** Reads a frame or block header as far as it is there. Returns how many bytes of the chunk it used. */
  #field(chunk: Buffer): number {
    const before = this.#pending.length;
    const needed =
      this.#stage === 'block'
        ? BLOCK_HEADER_BYTES
        : frameHeaderBytes(Buffer.concat([this.#pending, chunk.subarray(0, 5)]));
    const used = Math.min(needed - before, chunk.length);
    const field = before === 0 ? chunk.subarray(0, used) : Buffer.concat([this.#pending, chunk.subarray(0, used)]);
    if (field.length < needed) {
      this.#pending = Buffer.from(field);
    } else {
      this.#pending = Buffer.alloc(0);
      if (this.#stage === 'block') this.#block(field);
      else this.#frame(field);
    }
    return used;
  }

  #frame(header: Buffer): void {
    const descriptor = header.readUInt8(MAGIC.length);
    const isMagic = header.subarray(0, MAGIC.length).equals(MAGIC);
    const usesReserved = (descriptor & 0b1000) !== 0;
    const usesDictionary = (descriptor & 0b11) !== 0;
    this.#hasChecksum = (descriptor & 0b100) !== 0;
    const isAllowed = isMagic && !usesReserved && !usesDictionary && windowBytes(header) <= 2 ** ZSTD_WINDOW_LOG_MAX;
    this.#stage = isAllowed ? 'block' : 'invalid';
  }

  #block(header: Buffer): void {
    const bits = header.readUIntLE(0, BLOCK_HEADER_BYTES);
    const type = (bits >> 1) & 0b11;
    this.#isLastBlock = (bits & 1) !== 0;
    this.#skipBytes = type === BLOCK_RLE ? 1 : bits >> 3;
    if (this.#isLastBlock && this.#hasChecksum) this.#skipBytes += CONTENT_CHECKSUM_BYTES;
    if (type === BLOCK_RESERVED) this.#stage = 'invalid';
    else if (this.#isLastBlock && this.#skipBytes === 0) this.#stage = 'end';
  }
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0b10_0000) !== 0;
}

function contentSizeBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  return flag === 0 ? (isSingleSegment(descriptor) ? 1 : 0) : 2 ** flag;
}

/** Length of the frame header that begins like this; just enough to reach the descriptor when that is not there yet. */
function frameHeaderBytes(start: Buffer): number {
  const descriptor = start[MAGIC.length];
  if (descriptor === undefined) return MAGIC.length + 1;
  const dictionary = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  return MAGIC.length + 1 + (isSingleSegment(descriptor) ? 0 : 1) + dictionary + contentSizeBytes(descriptor);
}

/** The memory a decoder needs: the window, or the whole content of a frame that is one segment. No dictionary id. */
function windowBytes(header: Buffer): number {
  const descriptor = header.readUInt8(MAGIC.length);
  const at = MAGIC.length + 1;
  if (!isSingleSegment(descriptor)) {
    const window = header.readUInt8(at);
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 0b111);
  }
  switch (contentSizeBytes(descriptor)) {
    case 1:
      return header.readUInt8(at);
    case 2:
      return header.readUInt16LE(at) + 256;
    case 4:
      return header.readUInt32LE(at);
    default:
      return Number(header.readBigUInt64LE(at));
  }
}
