import { IndexBudget } from './index-budget';

const TIB = 2 ** 40;
const MIB = 2 ** 20;

/** Frames until the budget gives up, for data that does not compress; undefined when it all fits. */
function framesUntilRefused(sizeBytes: number, expectedPlainBytes?: number): number | undefined {
  const budget = new IndexBudget(expectedPlainBytes);
  for (let frames = 1; frames * MIB <= sizeBytes; frames += 1) {
    budget.addPlain(MIB);
    try {
      budget.addFrame();
    } catch (error) {
      expect(error).toMatchObject({ fault: 'index_too_large' });
      return frames;
    }
  }
  return undefined;
}

describe('IndexBudget', () => {
  it('lets five TiB through', () => {
    expect(framesUntilRefused(5 * TIB, 5 * TIB)).toBeUndefined();
  });

  it('refuses in the first twentieth what will not fit in the end', () => {
    expect(framesUntilRefused(20 * TIB, 20 * TIB)).toBeLessThanOrEqual((20 * TIB) / 20 / MIB);
  });

  it('refuses at the limit when no expected size is given', () => {
    const frames = framesUntilRefused(20 * TIB);
    expect(frames).toBeGreaterThan((5 * TIB) / MIB);
    expect(frames).toBeLessThan((6 * TIB) / MIB);
  });
});
