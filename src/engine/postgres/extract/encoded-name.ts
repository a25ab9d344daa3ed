import { decoderFor, UTF8 } from '../archive/archive-encoding';

const ASCII = /^[\x00-\x7f]*$/;
/** In the encodings of a database, all bytes of other characters than those of ASCII are of these. */
const HIGH_BYTES = Array.from({ length: 0x80 }, (_, i) => 0x80 + i);
/** What three bytes of the encodings for Japanese and Chinese begin with. */
const SHIFTS = [0x8e, 0x8f];

/**
 * A name in an encoding of a database. There are only decoders, so each character is looked for.
 *
 * @returns `?` for each character that the encoding does not have
 */
export function encodedName(name: string, encoding: string): Buffer {
  if (ASCII.test(name) || encoding === UTF8 || encoding === 'SQL_ASCII') return Buffer.from(name, 'utf8');
  const decode = decoderFor(encoding);
  return Buffer.concat(Array.from(name, (character) => encodedCharacter(character, decode)));
}

function encodedCharacter(character: string, decode: (bytes: Uint8Array) => string): Buffer {
  if (ASCII.test(character)) return Buffer.from(character, 'latin1');
  for (const bytes of candidates()) if (decode(bytes) === character) return bytes;
  return Buffer.from('?');
}

function* candidates(): Generator<Buffer, void, undefined> {
  for (const first of HIGH_BYTES) yield Buffer.of(first);
  for (const prefix of [[], ...SHIFTS.map((shift) => [shift])])
    for (const first of HIGH_BYTES) for (const second of HIGH_BYTES) yield Buffer.of(...prefix, first, second);
}
