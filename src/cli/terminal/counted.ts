/** The same chunks; `tell` is called with the bytes so far after each. */
export async function* counted<T extends Uint8Array>(
  chunks: AsyncIterable<T>,
  tell: (bytes: number) => void,
): AsyncGenerator<T, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield chunk;
    tell(bytes);
  }
}
