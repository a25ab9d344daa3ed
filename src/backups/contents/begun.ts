import { Readable } from 'node:stream';

/**
 * A stream of chunks of which the first has been read, so that what fails at once fails before anything is sent. It takes chunks as
 * they are taken from it, and has closed when its source has ended.
 *
 * @throws what the source throws before its first chunk
 */
export async function begun(chunks: AsyncGenerator<Buffer, void, undefined>): Promise<Readable> {
  let first: IteratorResult<Buffer, void> | undefined = await chunks.next();
  const source: AsyncIterableIterator<Buffer> = {
    async next() {
      const next = first ?? (await chunks.next());
      first = undefined;
      return next.done === true ? { done: true, value: undefined } : next;
    },
    async return() {
      await chunks.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => source,
  };
  return Readable.from(source, { objectMode: false });
}
