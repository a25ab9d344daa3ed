import { asPicture } from '../../bench/picture';
import { asTable, verdicts } from '../../bench/report';
import { mean, median, percentile } from '../../bench/statistics';

describe('the report of the bench', () => {
  it('takes ratios round by round and says what was missed', () => {
    const times = { backup: [1, 20, 3], 'backup: pipeline': [2, 10, 6], 'backup: version 1': [10, 100, 10] };
    expect(verdicts(times, { 'most memory, MB': 300 }).map(({ value }) => value)).toEqual([0.5, 0.2, 300]);
    expect(asTable(times, { 'most memory, MB': 300 })).toMatch(/peak memory, MB \| 300.00 \*\*missed\*\* \| 200.00/);
  });

  it('fails when a contender was not measured', () => {
    expect(() => verdicts({ backup: [1], 'backup: pipeline': [] }, {})).toThrow(/^nothing was measured for: backup/);
  });

  it('knows medians, means and percentiles', () => {
    expect([median([3, 1, 2]), median([4, 1]), mean([1, 2, 6])]).toEqual([2, 2.5, 3]);
    expect([percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4], 0.99)]).toEqual([2, 4]);
  });

  it('draws each part as long as it took', () => {
    const picture = asPicture('title', [
      {
        name: 'row',
        parts: [
          { name: 'a', seconds: 1 },
          { name: 'b', seconds: 3 },
        ],
      },
    ]);
    expect(picture).toMatch(/width="150.0".*a: 1.00 s.*width="450.0".*b: 3.00 s.*4.0 s</s);
  });
});
