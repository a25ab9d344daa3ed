import { randomBytes } from 'node:crypto';
import { containerOf, testRing, ZSTD } from '../../../../test/support/containers';
import { bufferSource, type RandomSource } from '../format/random-source';
import { verifyForward } from './forward-reader';
import { verifyContainer } from './verify-container';

describe('a verification', () => {
  let container: Buffer;
  beforeAll(async () => {
    // Segments of 1 MiB, some of them joined from two blocks, and 40 MB that unfold to an output buffer that is not full in the end.
    const plain = Buffer.concat([randomBytes(6_000_000), Buffer.alloc(34_500_000)]);
    container = await containerOf(['data/0', 'data/1'].map((name) => ({ name, compression: ZSTD, plain })));
  });

  it('of a stored file frees each block that it has read', async () => {
    const whole = bufferSource(container);
    const blocks: Buffer[] = [];
    const source: RandomSource = {
      sizeBytes: whole.sizeBytes,
      async read(position, lengthBytes) {
        const block = await whole.read(position, lengthBytes);
        // Header, trailer and index are read before, and are small.
        if (lengthBytes > 1_000_000) blocks.push(block);
        return block;
      },
    };
    await verifyContainer(source, testRing);
    expect(blocks.map(({ length }) => length)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('of a file that arrives frees each chunk that has', async () => {
    const chunks: Buffer[] = [];
    const arriving = async function* () {
      for (let at = 0; at < container.length; at += 100_000) {
        const chunk = Buffer.allocUnsafeSlow(Math.min(100_000, container.length - at));
        container.copy(chunk, 0, at);
        chunks.push(chunk);
        yield await Promise.resolve(chunk);
      }
    };
    await verifyForward(arriving(), testRing, { isOwner: true, skipsDigests: true });
    expect(chunks).toHaveLength(Math.ceil(container.length / 100_000));
    expect(chunks.every(({ length }) => length === 0)).toBe(true);
  });

  it('leaves nothing of what unfolds to be collected', async () => {
    await verifyContainer(bufferSource(container), testRing);
    // A collection can only make it less.
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 3; i += 1) await verifyContainer(bufferSource(container), testRing);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });
});
