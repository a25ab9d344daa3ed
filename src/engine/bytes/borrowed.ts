declare const BORROWED: unique symbol;

/**
 * Bytes whose owner overwrites or frees them as soon as it goes on. The type is not that of a buffer: the compiler refuses
 * to put them where they would be kept. {@link look} is for work that is over by then, {@link copyOf} for all else. Until
 * when they are good the owner says: a program's output until the next chunk is asked for, a gathered chunk and a block of
 * copied rows one longer.
 */
export interface Borrowed {
  readonly length: number;
  readonly [BORROWED]: true;
}

/** The same bytes. For the owner, which says until when they are good. */
export function lend(bytes: Uint8Array): Borrowed {
  return bytes as unknown as Borrowed;
}

/** The same bytes, for as long as their owner has promised. To be used where they are asked for, and not stored. */
export function look(bytes: Borrowed | Uint8Array): Buffer {
  return asBuffer(bytes as unknown as Uint8Array);
}

/** Bytes to keep. */
export function copyOf(bytes: Borrowed | Uint8Array): Buffer {
  return Buffer.from(bytes as unknown as Uint8Array);
}

/** The same chunks, to keep. */
export async function* copies(chunks: AsyncIterable<Borrowed | Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) yield copyOf(chunk);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
