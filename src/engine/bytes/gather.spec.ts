import fc from 'fast-check';
import { collect } from '../../../test/support/containers';
import { type Borrowed, copyOf, look } from './borrowed';
import { gather } from './gather';

describe('gather', () => {
  it('keeps every byte and fills all blocks but the last, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 32 }),
        async (chunks, size) => {
          const source = async function* () {
            for (const chunk of chunks) {
              await Promise.resolve();
              yield chunk;
            }
          };
          const blocks: Uint8Array[] = [];
          for await (const block of gather(source(), size)) blocks.push(copyOf(block));
          expect(Buffer.concat(blocks)).toEqual(await collect(source()));
          for (const block of blocks.slice(0, -1)) expect(block).toHaveLength(size);
          expect(blocks.every((block) => block.length > 0)).toBe(true);
        },
      ),
    );
  });

  it('leaves a block alone until the second request after it', async () => {
    const source = async function* () {
      for (let i = 0; i < 4; i += 1) yield await Promise.resolve(Buffer.alloc(8, i));
    };
    const blocks = gather(source(), 8);
    const next = async (): Promise<Uint8Array> => look((await blocks.next()).value as Borrowed);
    const [first, second] = [await next(), await next()];
    expect([first[0], second[0]]).toEqual([0, 1]);
    expect((await next())[0]).toBe(2);
    expect(second[0]).toBe(1);
  });
});
