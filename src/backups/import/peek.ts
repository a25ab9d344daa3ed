/** Enough to tell the version of a container. */
const BYTES = 5;

/** The first bytes of a stream, and the stream with nothing taken out of it. */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ first: Buffer; all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let length = 0;
  while (length < BYTES) {
    const next: IteratorResult<Uint8Array, unknown> = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* taken;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first: Buffer.concat(taken).subarray(0, BYTES), all: all() };
}

/** Whether these bytes begin a container of version 1. */
export function isFirstVersion(first: Buffer): boolean {
  return first.length === BYTES && first.toString('latin1', 0, 4) === 'BSCC' && first[4] === 1;
}
