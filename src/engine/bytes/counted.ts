/** The same chunks, each reported by its size in bytes as it passes. */
export async function* counted(
  chunks: AsyncIterable<Buffer>,
  report: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    report(chunk.length);
    yield chunk;
  }
}
