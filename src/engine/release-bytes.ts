/**
 * Frees the memory of a chunk now instead of whenever it would be collected. Gigabytes pass through this process in chunks
 * of some 100 KiB, and a collection, which V8 begins whenever 64 MB of them wait, has to walk the whole heap: that
 * cost more than hashing the same bytes. The chunk is empty afterwards, and so is every other view of its buffer.
 *
 * @param chunk nobody else has it, or will ask for it; the last piece of a buffer frees the pieces before it, too
 */
export function releaseBytes(chunk: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = chunk;
  // Small chunks may be views of the pool that Node shares out; those cost next to nothing.
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength <= Buffer.poolSize) return;
  if (byteOffset + byteLength === buffer.byteLength) buffer.transfer(0);
}
