import type { RawEntry } from './archive-toc';

/** Bytes of a number: a sign, and four; pg_dump writes no other size. */
export const NUMBER_BYTES = 5;

/** A number as an archive has it. */
export function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(NUMBER_BYTES);
  bytes.writeUInt32LE(value, 1);
  return bytes;
}

/** An entry with another definition. Text is read and written byte for byte, whatever its encoding. */
export function withDefinition({ bytes, sqlFrom, sqlTo }: RawEntry, change: (sql: string) => string): Buffer {
  return withText(bytes, sqlFrom, sqlTo, change);
}

/** An entry whose rows follow another statement. */
export function withCopyStatement({ bytes, copyFrom, copyTo }: RawEntry, change: (sql: string) => string): Buffer {
  return withText(bytes, copyFrom, copyTo, change);
}

function withText(bytes: Buffer, from: number, to: number, change: (text: string) => string): Buffer {
  const text = Buffer.from(change(bytes.toString('latin1', from + NUMBER_BYTES, to)), 'latin1');
  return Buffer.concat([bytes.subarray(0, from), numberBytes(text.length), text, bytes.subarray(to)]);
}
