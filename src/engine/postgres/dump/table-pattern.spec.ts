import { tablePatterns } from './table-pattern';

describe('patterns for pg_dump', () => {
  it('names the tables of a schema in one pattern', () => {
    expect(
      tablePatterns([
        { schema: 'public', name: 'a' },
        { schema: 'Other', name: 'b*"c' },
        { schema: 'public', name: 'd' },
      ]),
    ).toEqual(['"public".("a"|"d")', '"Other".("b*""c")']);
  });

  it('splits what would be too long for an argument', () => {
    const tables = Array.from({ length: 5000 }, (_, i) => ({
      schema: 's',
      name: `a_rather_long_name_of_a_table_${i}`,
    }));
    const patterns = tablePatterns(tables);
    expect(Math.max(...patterns.map((pattern) => pattern.length))).toBeLessThan(10_000);
    expect(patterns.join('').match(/a_rather/g)).toHaveLength(5000);
  });
});
