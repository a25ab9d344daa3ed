import { type Finding, problem, warning } from '../../findings/finding';
import { incompatible } from './incompatible';
import { reportedFindings } from './reported-findings';

const problems = (count: number): Finding[] =>
  Array.from({ length: count }, (_, i) => problem('extension.unavailable', { extension: `p${i}` }));
const warnings = (count: number): Finding[] =>
  Array.from({ length: count }, () => warning('target.objects_of_others', { objects: ['o'] }));

describe('findings that are kept', () => {
  it('are all of them up to 200, in the order in which they were found', () => {
    const found = [...warnings(100), ...problems(100)];
    expect(reportedFindings(found).map(({ severity }) => severity)).toEqual(found.map(({ severity }) => severity));
  });

  it.each<[number, number, [string, number], Finding]>([
    [100, 5_000, ['problem', 100], warning('findings.more', { count: 4_900 })],
    [5_000, 7, ['problem', 200], problem('findings.more', { count: 4_807 })],
  ])('of %i problems and %i warnings keep problems first and count the rest', (bad, odd, [severity, kept], more) => {
    const found = reportedFindings([...warnings(odd), ...problems(bad)]);
    expect(found).toHaveLength(201);
    expect(found.slice(0, 200).filter((finding) => finding.severity === severity)).toHaveLength(kept);
    expect(found.at(-1)).toMatchObject(more);
  });

  it('bound the error of a backup that cannot be restored', () => {
    const error = incompatible('This backup cannot be restored here', problems(5_000));
    expect(error.message).toMatch(/: the extension p0 is not available .*; 4800 more findings of this check\.$/);
    expect(error.details['problems']).toHaveLength(201);
  });
});
