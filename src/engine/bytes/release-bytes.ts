import { type Borrowed, lend } from './borrowed';

/**
 * Frees the memory of a chunk now instead of whenever it would be collected. Gigabytes pass through this process in chunks
 * of some 100 KiB, and a collection, which V8 begins whenever 64 MB of them wait, has to walk the whole heap: that
 * cost more than hashing the same bytes. The chunk is empty afterwards, and so is every other view of its buffer.
 *
 * @param chunk no other code holds it or will ask for it; the last piece of a buffer frees the pieces before it, too
 */
export function releaseBytes(chunk: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = chunk;
  if (!(buffer instanceof ArrayBuffer) || byteOffset + byteLength !== buffer.byteLength) return;
  // Small chunks may be views of the pool that Node shares out; none of them is all of it.
  if (byteOffset === 0 || buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}

/**
 * Goes through chunks that nothing needs afterwards, and frees the memory of each; with the last one all of its buffer, of which the
 * last piece need not have come.
 *
 * @param chunks no other code holds them
 * @param look is over with a chunk when it returns
 */
export async function discard(chunks: AsyncIterable<Buffer>, look?: (chunk: Buffer) => void): Promise<void> {
  let last: Buffer | undefined;
  for await (const chunk of chunks) {
    look?.(chunk);
    releaseBytes(chunk);
    last = chunk;
  }
  const buffer = last?.buffer;
  if (buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}

/**
 * The same chunks. The memory of each is freed when the second one after it is asked for: a consumer that works on one chunk
 * while it gets the next is done with the first by then.
 *
 * @param chunks no other code holds them
 */
export async function* released(chunks: AsyncIterable<Buffer>): AsyncGenerator<Borrowed, void, undefined> {
  let previous: Buffer | undefined;
  for await (const chunk of chunks) {
    yield lend(chunk);
    if (previous !== undefined) releaseBytes(previous);
    previous = chunk;
  }
}
