import fc from 'fast-check';
import { collect } from '../../../test/support/containers';
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
          for await (const block of gather(source(), size)) blocks.push(block);
          expect(Buffer.concat(blocks)).toEqual(await collect(source()));
          for (const block of blocks.slice(0, -1)) expect(block.length).toBeGreaterThanOrEqual(size);
          expect(blocks.every((block) => block.length > 0)).toBe(true);
        },
      ),
    );
  });
});
