import fc from 'fast-check';
import { chunksOf, collect } from '../../../../test/support/containers';
import { StreamCutter } from './stream-cutter';

describe('StreamCutter', () => {
  it('gives each part its bytes, however they arrive, and passes over what is not wanted', async () => {
    const parts = fc.array(fc.record({ text: fc.string({ maxLength: 40 }), isWanted: fc.boolean() }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 30 }), async (given, chunkBytes) => {
        const bytes = given.map(({ text }) => Buffer.from(text));
        const cutter = new StreamCutter(chunksOf(Buffer.concat(bytes), chunkBytes));
        for (const [i, { isWanted }] of given.entries()) {
          const part = bytes[i] ?? Buffer.alloc(0);
          if (isWanted) expect(await collect(cutter.take(part.length))).toEqual(part);
          else await cutter.skip(part.length);
        }
        await cutter.finish();
        await cutter.close();
      }),
    );
  });

  it('says so when the stream ends too early', async () => {
    const cutter = new StreamCutter(chunksOf(Buffer.from('abc'), 2));
    await expect(collect(cutter.take(4))).rejects.toThrow('ends before');
  });

  it('closes its source', async () => {
    let isClosed = false;
    const source = async function* () {
      try {
        for (;;) yield await Promise.resolve(Buffer.from('x'));
      } finally {
        isClosed = true;
      }
    };
    const cutter = new StreamCutter(source());
    await cutter.skip(3);
    await cutter.close();
    expect(isClosed).toBe(true);
  });
});
