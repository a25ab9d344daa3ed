import { type BackupContent, shrinkage } from './shrinkage';

const content = (dataBytes: number, rows: Readonly<Record<string, number>>): BackupContent => ({
  dataBytes,
  tables: Object.entries(rows).map(([name, count]) => ({ schema: 'public', name, rows: count })),
});

describe('shrinkage', () => {
  const before = content(1000, { users: 60, docs: 40, events_2026_01: 50, jobs: 9 });

  it.each<[string, BackupContent, string | undefined]>([
    ['the same', before, undefined],
    ['growth', content(5000, { users: 600, docs: 40, events_2026_01: 50, jobs: 9, more: 1 }), undefined],
    ['as much less as is allowed', content(500, { users: 60, docs: 10, events_2026_01: 50, jobs: 0 }), undefined],
    ['another month', content(1000, { users: 60, docs: 40, events_2026_02: 50, jobs: 9 }), undefined],
    ['less data', content(499, { users: 60, docs: 40, events_2026_01: 50, jobs: 9 }), 'its data fell by 50 %'],
    [
      'fewer rows',
      content(1000, { users: 9, docs: 40, events_2026_01: 10, jobs: 9 }),
      'its number of rows fell by 57 %',
    ],
    [
      'a table that is gone',
      content(1000, { users: 60, events_2026_01: 50, jobs: 9 }),
      '1 tables are gone (public.docs)',
    ],
    [
      'a small table that was emptied',
      content(1000, { users: 60, docs: 0, events_2026_01: 50, jobs: 9 }),
      '1 tables are empty now (public.docs)',
    ],
    [
      'all partitions gone',
      content(1000, { users: 60, docs: 40, jobs: 9 }),
      '1 tables are gone (public.events_2026_01)',
    ],
    [
      'an empty database',
      content(100, {}),
      'its data fell by 90 %; its number of rows fell by 100 %; 4 tables are gone (public.users, public.docs, public.events_2026_01, public.jobs)',
    ],
  ])('finds what is to be found in %s', (_, after, reason) => {
    expect(shrinkage(before, after, 50)).toBe(reason);
  });

  it('finds nothing where there was nothing', () => {
    expect(shrinkage(content(0, {}), content(0, {}), 50)).toBeUndefined();
  });

  it('names some of many tables', () => {
    const many = content(1, { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0 });
    expect(shrinkage(many, content(1, {}), 50)).toBe(
      '7 tables are gone (public.a, public.b, public.c, public.d, public.e, …)',
    );
  });
});
