const BACKSLASH = 0x5c;
const LOWER_X = 0x78;
/** The longest escapes are `\ooo` and `\xhh`. */
const ESCAPE_BYTES = 4;

/** What a letter after a backslash stands for; any other character stands for itself. */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x76, 0x0b],
]);

/**
 * Decodes the escapes of COPY text, as `COPY … FROM` reads them
 * (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"). It works on bytes: in every encoding that a database may
 * have, a byte below 128 is a character of ASCII.
 *
 * @param text of one value; `\N` as a whole is not a value
 * @param target has room for as many bytes
 * @param isWhole nothing of the value follows; otherwise an escape that may be cut off at the end is left alone
 * @returns bytes that were read, and bytes that were written
 */
export function decodeEscapes(
  text: Buffer,
  target: Buffer,
  isWhole: boolean,
): { readonly read: number; readonly written: number } {
  let at = 0;
  let written = 0;
  while (at < text.length) {
    const next = text.indexOf(BACKSLASH, at);
    const plainEnd = next < 0 ? text.length : next;
    written += text.copy(target, written, at, plainEnd);
    at = plainEnd;
    if (next < 0 || (!isWhole && text.length - at < ESCAPE_BYTES)) break;
    const [byte, length] = escapeAt(text, at);
    target[written] = byte;
    written += 1;
    at += length;
  }
  return { read: at, written };
}

/** The byte that an escape stands for, and the length of the escape. */
function escapeAt(text: Buffer, at: number): readonly [byte: number, length: number] {
  const letter = text[at + 1];
  // A backslash that nothing follows is one.
  if (letter === undefined) return [BACKSLASH, 1];
  const isOctal = digitOf(letter, 8) !== undefined;
  if (isOctal) return numberAt(text, at + 1, 8, 3, 1);
  if (letter === LOWER_X && digitOf(text[at + 2], 16) !== undefined) return numberAt(text, at + 2, 16, 2, 2);
  return [CONTROLS.get(letter) ?? letter, 2];
}

function numberAt(
  text: Buffer,
  from: number,
  base: number,
  mostDigits: number,
  prefixBytes: number,
): readonly [byte: number, length: number] {
  let value = 0;
  let digits = 0;
  for (let digit = digitOf(text[from], base); digit !== undefined && digits < mostDigits;) {
    value = value * base + digit;
    digits += 1;
    digit = digitOf(text[from + digits], base);
  }
  return [value & 0xff, prefixBytes + digits];
}

function digitOf(byte: number | undefined, base: number): number | undefined {
  if (byte === undefined || byte > 0x7f) return undefined;
  const digit = Number.parseInt(String.fromCharCode(byte), base);
  return Number.isNaN(digit) ? undefined : digit;
}
