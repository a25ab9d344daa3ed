import { type BackupContent, shrinkage } from './shrinkage';

const content = (sizeBytes: number, rows: Readonly<Record<string, number>>): BackupContent => ({
  sizeBytes,
  tables: Object.entries(rows).map(([name, count]) => ({ schema: 'public', name, rows: count })),
});

describe('shrinkage', () => {
  const before = content(1000, { users: 60, docs: 40 });

  it.each<[string, BackupContent, string | undefined]>([
    ['the same', before, undefined],
    ['growth', content(5000, { users: 600, docs: 40, more: 1 }), undefined],
    ['as much less as is allowed', content(500, { users: 50, docs: 0 }), undefined],
    ['a smaller file', content(499, { users: 60, docs: 40 }), 'its size fell by 50 %'],
    ['fewer rows', content(1000, { users: 9, docs: 40 }), 'its number of rows fell by 51 %'],
    ['a table that is gone', content(1000, { users: 60 }), '1 tables are gone (public.docs)'],
    [
      'an empty database',
      content(100, {}),
      'its size fell by 90 %; its number of rows fell by 100 %; 2 tables are gone (public.users, public.docs)',
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
