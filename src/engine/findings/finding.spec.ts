import { adviceOf, type Finding, problem, reported, sentenceOf, warning } from './finding';

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `p${i + 1}`);

describe('a finding', () => {
  it.each<[Finding, string]>([
    [
      problem('sessions.shared'),
      'a proxy in front of the target shares sessions between clients (transaction pooling)',
    ],
    [problem('tablespace.missing', { tablespace: 'fast {x}' }), 'the server does not have the tablespace fast {x}'],
    [
      warning('server.little_room', { free: 1, needed: 20 }),
      'the server has 1 MB free and the backup needs about 20 MB',
    ],
    [
      warning('code.of_other_roles', { places: many(10) }),
      'loading runs functions that do not belong to a superuser: p1, p2, p3, p4, p5, p6, p7, p8, p9, p10',
    ],
    [
      warning('code.of_other_roles', { places: many(12) }),
      'loading runs functions that do not belong to a superuser: p1, p2, p3, p4, p5, p6, p7, p8, p9, p10 and 2 more',
    ],
  ])('%j is said with its names', (finding, sentence) => {
    expect(sentenceOf(finding)).toBe(sentence);
  });

  it('has the advice of the table, with names of its own', () => {
    expect(adviceOf(problem('access.new_database', { database: 'scc_restore_1', target: 'scc' }))).toContain('/^scc_');
    expect(adviceOf(problem('target.closed'))).toBeUndefined();
  });

  it('is kept with its sentence, and of a long list with the first names', () => {
    expect(reported(problem('target.closed'))).toEqual({
      code: 'target.closed',
      severity: 'problem',
      message: 'the target accepts no connections',
    });
    const kept = reported(problem('target.objects_of_others', { objects: many(5_000) }));
    expect(kept.message).toMatch(/p10 and 4990 more$/);
    expect(kept.names).toEqual({ objects: many(100) });
  });
});
