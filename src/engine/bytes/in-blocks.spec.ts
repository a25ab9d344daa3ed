import { releaseBytes } from './release-bytes';
import { inBlocks } from './in-blocks';

const BLOCK_BYTES = 65_536;

describe('bytes in blocks', () => {
  async function* pieces(sizes: readonly number[]): AsyncGenerator<Buffer> {
    let value = 0;
    for (const size of sizes) {
      await Promise.resolve();
      const piece = Buffer.from(Array.from({ length: size }, () => (value = (value + 1) % 251)));
      yield piece;
      // A source may use its memory again.
      piece.fill(255);
    }
  }
  const joined = async (sizes: readonly number[]): Promise<{ bytes: Buffer; sizes: number[] }> => {
    const blocks: Buffer[] = [];
    const lengths: number[] = [];
    for await (const block of inBlocks(pieces(sizes))) {
      blocks.push(Buffer.from(block));
      lengths.push(block.length);
      releaseBytes(block);
    }
    return { bytes: Buffer.concat(blocks), sizes: lengths };
  };

  it.each([
    [[], []],
    [[0, 0], []],
    [[1, 0, 2], [3]],
    [[BLOCK_BYTES], [BLOCK_BYTES]],
    [
      [BLOCK_BYTES - 1, 1, 1],
      [BLOCK_BYTES, 1],
    ],
    [
      [BLOCK_BYTES - 1, 3 * BLOCK_BYTES],
      [BLOCK_BYTES, BLOCK_BYTES, BLOCK_BYTES, BLOCK_BYTES - 1],
    ],
    [Array.from({ length: 1000 }, (_, i) => i % 200), [BLOCK_BYTES, 99_500 - BLOCK_BYTES]],
  ])('are the same bytes: pieces of %j', async (sizes, blocks) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const found = await joined(sizes);
    expect(found.sizes).toEqual(blocks);
    expect(found.bytes.equals(Buffer.from(Array.from({ length: total }, (_, i) => (i + 1) % 251)))).toBe(true);
  });

  it('pass on what their source throws', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      await Promise.resolve();
      yield Buffer.from('some');
      throw new Error('broken');
    }
    await expect(inBlocks(broken()).next()).rejects.toThrow('broken');
  });
});
