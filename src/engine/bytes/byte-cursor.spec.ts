import fc from 'fast-check';
import { ByteCursor } from './byte-cursor';

describe('ByteCursor', () => {
  it('gives the same bytes however they arrive and are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 20 })),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        async (chunks, lengths) => {
          const source = async function* () {
            for (const chunk of chunks) {
              await Promise.resolve();
              yield chunk;
            }
          };
          const all = Buffer.concat(chunks);
          const cursor = new ByteCursor(source());
          let at = 0;
          for (const length of lengths) {
            expect(await cursor.take(length)).toEqual(all.subarray(at, at + length));
            at = Math.min(at + length, all.length);
            expect(cursor.positionBytes).toBe(at);
          }
        },
      ),
    );
  });

  it('closes its source when it is closed before the end', async () => {
    let isClosed = false;
    const source = async function* () {
      try {
        await Promise.resolve();
        yield Buffer.alloc(10);
        yield Buffer.alloc(10);
      } finally {
        isClosed = true;
      }
    };
    const cursor = new ByteCursor(source());
    await cursor.take(5);
    await cursor.close();
    expect(isClosed).toBe(true);
  });

  it('frees a chunk of its own when the next piece is taken, and not before', async () => {
    const chunks = [1, 2, 3].map((value) => Buffer.allocUnsafeSlow(100_000).fill(value));
    const source = async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    };
    const lengths = () => chunks.map(({ length }) => length);
    const cursor = new ByteCursor(source(), { isOwner: true });
    const first = await cursor.take(100_000);
    expect([first[99_999], ...lengths()]).toEqual([1, 100_000, 100_000, 100_000]);
    const across = await cursor.take(150_000);
    expect([across[0], across[149_999], ...lengths()]).toEqual([2, 3, 0, 100_000, 100_000]);
    expect(await cursor.take(100_000)).toEqual(Buffer.alloc(50_000, 3));
    expect([across.length, ...lengths()]).toEqual([0, 0, 0, 100_000]);
    await cursor.close();
    expect(lengths()).toEqual([0, 0, 0]);
  });
});
