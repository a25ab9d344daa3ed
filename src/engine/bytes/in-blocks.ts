/** Large enough that writes do not count, small enough that its memory does not. */
const BLOCK_BYTES = 64 * 1024;

/**
 * The same bytes in fewer pieces, for a source of very many small ones: each costs a write, and memory that waits to be collected.
 *
 * @param chunks copied before the next is asked for
 * @returns blocks that are their consumer's, who may free their memory
 */
export async function* inBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + BLOCK_BYTES - filled);
      block.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
