import { MAX_PARTS, PartSizes } from './part-sizes';

const MIB = 1024 * 1024;
const TB = 1e12;

/** Parts, the largest of them, and the most memory, for a file that is written with an expectation. */
function walk(totalBytes: number, expectedBytes: number): { parts: number; largestBytes: number; memoryBytes: number } {
  const sizes = new PartSizes(expectedBytes);
  let [parts, doneBytes, largestBytes, memoryBytes] = [0, 0, 0, 0];
  while (doneBytes < totalBytes) {
    parts += 1;
    const size = sizes.sizeOf(parts);
    doneBytes += size;
    largestBytes = Math.max(largestBytes, size);
    memoryBytes = Math.max(memoryBytes, size * (sizes.atOnce(parts) + 1));
  }
  return { parts, largestBytes, memoryBytes };
}

describe('the sizes of parts', () => {
  it('hold a backup of 60 GB in 40 MB of memory, expected or not', () => {
    for (const expectedBytes of [60e9, 0]) {
      const { parts, largestBytes, memoryBytes } = walk(60e9, expectedBytes);
      expect(parts).toBeLessThanOrEqual(MAX_PARTS);
      expect(largestBytes).toBe(8 * MIB);
      expect(memoryBytes).toBeLessThanOrEqual(40 * MIB);
    }
  });

  it('hold five terabytes in ten thousand parts when they are expected', () => {
    const { parts, largestBytes } = walk(5 * TB, 5 * TB);
    expect(parts).toBeLessThanOrEqual(MAX_PARTS);
    expect(largestBytes).toBeLessThan(640 * MIB);
  });

  it('are all the same as long as the file is not larger than expected', () => {
    const sizes = new PartSizes(TB);
    expect(new Set(Array.from({ length: 8000 }, (_, i) => sizes.sizeOf(i + 1))).size).toBe(1);
  });

  it('grow for what is larger than expected, so that it still fits', () => {
    expect(walk(0.25 * TB, 0).parts).toBeLessThanOrEqual(MAX_PARTS);
    expect(walk(2 * TB, 0.5 * TB).parts).toBeLessThanOrEqual(MAX_PARTS);
  });

  it('are never less than S3 takes, nor more', () => {
    const sizes = new PartSizes(100 * TB);
    expect(new PartSizes(1).sizeOf(1)).toBeGreaterThanOrEqual(5 * MIB);
    expect(sizes.sizeOf(MAX_PARTS)).toBeLessThanOrEqual(5 * 1024 * MIB);
  });
});
