import { decodeEscapes } from './copy-escapes';

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
const UPPER_N = 0x4e;

/** Values up to this length are quoted only where they have to be, bytes of COPY text. Longer ones are not kept until that is known. */
const KEPT_BYTES = 65_536;
const BLOCK_BYTES = 4 * KEPT_BYTES;

/**
 * Makes CSV of the text of COPY, as `COPY … TO STDOUT (FORMAT csv)` writes it: null is nothing, an empty text is `""`, and a value
 * is quoted if it has a comma, a quote or the end of a line in it. A value `\.` and values of more than 64 KiB are always quoted.
 *
 * @param chunks whole rows, in the encoding of a database, which stays
 */
export async function* csvRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const text = new CsvText();
  for await (const chunk of chunks) yield* text.take(chunk);
  yield* text.finish();
}

/** One value of CSV, quoted if it has to be. */
export function csvValue(value: Buffer): Buffer {
  if (!needsQuotes(value)) return value;
  const quoted = Buffer.alloc(2 * value.length + 2);
  let length = writeByte(quoted, 0, QUOTE);
  length = writeDoubled(quoted, length, value);
  return quoted.subarray(0, writeByte(quoted, length, QUOTE));
}

class CsvText {
  /** The beginning of a value, or the end of a long one that may be a part of an escape. */
  private rest: Buffer = Buffer.alloc(0);
  /** A long value has begun. */
  private isLong = false;
  private readonly decoded = Buffer.allocUnsafeSlow(KEPT_BYTES);
  private block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private length = 0;

  *take(chunk: Buffer): Generator<Buffer, void, undefined> {
    const text = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (let end = endOfValue(text, at); end < text.length; end = endOfValue(text, at)) {
      const value = text.subarray(at, end);
      if (this.isLong || value.length > KEPT_BYTES) {
        yield* this.writeLong(value, true);
        this.isLong = false;
      } else {
        yield* this.room(2 * value.length + 2);
        this.writeValue(value);
      }
      yield* this.room(1);
      this.put(text[end] === TAB ? COMMA : NEWLINE);
      at = end + 1;
    }
    const begun = text.subarray(at);
    const isKept = !this.isLong && begun.length <= KEPT_BYTES;
    // The chunk is the source's.
    this.rest = Buffer.from(isKept ? begun : begun.subarray(yield* this.writeLong(begun, false)));
  }

  *finish(): Generator<Buffer, void, undefined> {
    if (this.rest.length > 0 || this.isLong) throw new Error('rows end in the middle of one');
    if (this.length > 0) yield this.block.subarray(0, this.length);
  }

  private writeValue(value: Buffer): void {
    if (value.length === 2 && value[0] === BACKSLASH && value[1] === UPPER_N) return;
    const { written } = decodeEscapes(value, this.decoded, true);
    const decoded = this.decoded.subarray(0, written);
    const isQuoted = needsQuotes(decoded);
    if (!isQuoted) {
      this.length += decoded.copy(this.block, this.length);
      return;
    }
    this.put(QUOTE);
    this.length = writeDoubled(this.block, this.length, decoded);
    this.put(QUOTE);
  }

  /**
   * Writes a piece of a long value.
   *
   * @returns how much of it was written: what may be a part of an escape is left
   */
  private *writeLong(piece: Buffer, isEnd: boolean): Generator<Buffer, number, undefined> {
    yield* this.room(2);
    if (!this.isLong) this.put(QUOTE);
    this.isLong = true;
    let at = 0;
    while (at < piece.length) {
      const some = piece.subarray(at, at + KEPT_BYTES);
      const { read, written } = decodeEscapes(some, this.decoded, isEnd && at + some.length === piece.length);
      if (read === 0) break;
      yield* this.room(2 * written + 1);
      this.length = writeDoubled(this.block, this.length, this.decoded.subarray(0, written));
      at += read;
    }
    if (isEnd) this.put(QUOTE);
    return at;
  }

  /** Gives the block away when so many bytes have no room in it. */
  private *room(bytes: number): Generator<Buffer, void, undefined> {
    if (this.length + bytes <= this.block.length) return;
    yield this.block.subarray(0, this.length);
    this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.length = 0;
  }

  private put(byte: number): void {
    this.length = writeByte(this.block, this.length, byte);
  }
}

/** Where a value ends, or the length of the text. No value has these bytes in it: they are escaped. */
function endOfValue(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== TAB && text[at] !== NEWLINE) at += 1;
  return at;
}

function needsQuotes(value: Buffer): boolean {
  // Without quotes the one would be null, and the other the end of the data.
  if (value.length === 0 || (value.length === 2 && value[0] === BACKSLASH && value[1] === DOT)) return true;
  for (const byte of value) if (byte === COMMA || byte === QUOTE || byte === NEWLINE || byte === RETURN) return true;
  return false;
}

function writeDoubled(target: Buffer, from: number, value: Buffer): number {
  let length = from;
  let at = 0;
  for (let next = value.indexOf(QUOTE); next >= 0; next = value.indexOf(QUOTE, at)) {
    length += value.copy(target, length, at, next + 1);
    length = writeByte(target, length, QUOTE);
    at = next + 1;
  }
  return length + value.copy(target, length, at);
}

function writeByte(target: Buffer, at: number, byte: number): number {
  target[at] = byte;
  return at + 1;
}
