import { UTF8 } from '../archive/archive-encoding';

/** Bytes of the longest character of UTF-8. */
const LONGEST = 4;

/**
 * Text that was cut somewhere, without the beginning of a character that was cut with it. In encodings other than UTF-8 it is left,
 * and read as a character that is not known.
 *
 * @param encoding of the text, by PostgreSQL's name
 */
export function withoutHalfCharacter(text: Buffer, encoding: string): Buffer {
  if (encoding !== UTF8) return text;
  for (let length = 1; length <= Math.min(LONGEST, text.length); length += 1) {
    const byte = text[text.length - length] ?? 0;
    const isContinued = (byte & 0xc0) === 0x80;
    if (!isContinued) return length < lengthAt(byte) ? text.subarray(0, text.length - length) : text;
  }
  return text;
}

/** Bytes of the character that begins with this one. */
function lengthAt(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}
