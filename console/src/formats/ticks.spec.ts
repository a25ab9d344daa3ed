import { formatTicks, spanOf } from './ticks';

const BEGIN = Date.UTC(2026, 0, 5, 2) / 1000;
const marks = (step: number): number[] => [0, 1, 2, 3].map((index) => BEGIN + index * step);

describe('the marks of a time axis', () => {
  it.each([5, 30, 60, 3600, 86_400])('say something each when they are %i seconds apart', (step) => {
    const labels = formatTicks(marks(step), step, 'en-GB');
    expect(labels.filter((label) => label === '')).toEqual([]);
    expect(new Set(labels).size).toBe(4);
  });

  it('do not repeat the one before', () => {
    expect(formatTicks([BEGIN, BEGIN, BEGIN + 60], 60, 'en-GB').map((label) => label === '')).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('the span of a time axis', () => {
  it('is a day for a single time, and otherwise what the times say', () => {
    expect(spanOf([BEGIN])).toEqual([BEGIN - 43_200, BEGIN + 43_200]);
    expect(spanOf([BEGIN, BEGIN + 5, BEGIN + 9])).toEqual([BEGIN, BEGIN + 9]);
  });
});
