/** The same chunks, each reported by its size in bytes as it passes. */
export async function* counted<Chunk extends { readonly length: number }>(
  chunks: AsyncIterable<Chunk>,
  report: (bytes: number) => void,
): AsyncGenerator<Chunk, void, undefined> {
  for await (const chunk of chunks) {
    report(chunk.length);
    yield chunk;
  }
}
