import fc from 'fast-check';
import { type DumpTable, planDump } from './dump-plan';

const table = (name: string, sizeBytes: number, sequences: string[] = []): DumpTable => ({
  schema: 'public',
  name,
  sizeBytes,
  ownedSequences: sequences.map((sequence) => ({ schema: 'public', name: sequence })),
});
const names = (relations: readonly { name: string }[]): string[] => relations.map(({ name }) => name).sort();

describe('the plan of the data streams', () => {
  it('puts the largest tables apart and fills up with the small ones', () => {
    const plans = planDump({ tables: [table('a', 1e6), table('b', 9e6), table('c', 5e6), table('d', 3e6)] }, 2);
    expect(plans.map(({ tables }) => names(tables))).toEqual([['b'], ['a', 'c', 'd']]);
  });

  it('gives the first stream whatever the others do not have, and the large objects', () => {
    const [first, second] = planDump({ tables: [table('a', 9e6), table('b', 5e6, ['b_id_seq'])] }, 2);
    expect(first).toMatchObject({ name: 'data/0', include: [], hasLargeObjects: true });
    expect(names(first?.excludeData ?? [])).toEqual(['b']);
    expect(second).toMatchObject({ name: 'data/1', hasLargeObjects: false });
    expect(names(second?.include ?? [])).toEqual(['b']);
    expect(names(second?.excludeData ?? [])).toEqual(['b_id_seq']);
  });

  it('names all of a scope to the first stream, and leaves the large objects out', () => {
    const tables = [table('a', 9e6, ['a_seq']), table('b', 5e6)];
    const only = [...tables, { schema: 'public', name: 'a_seq' }, { schema: 'public', name: 'parent' }];
    const [first] = planDump({ tables, only }, 2);
    expect(first).toMatchObject({ hasLargeObjects: false });
    expect(names(first?.include ?? [])).toEqual(['a', 'a_seq', 'b', 'parent']);
    expect(names(first?.excludeData ?? [])).toEqual(['b']);
  });

  it('has one stream when there is nothing to share out', () => {
    expect(planDump({ tables: [] }, 4)).toHaveLength(1);
    expect(planDump({ tables: [table('a', 0)] }, 4)).toHaveLength(1);
  });

  it('has every table in exactly one stream, and no stream is heavier than 4/3 of the lightest possible plus one table', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e9), { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (sizes, jobs) => {
        const tables = sizes.map((sizeBytes, i) => table(`t${i}`, sizeBytes));
        const plans = planDump({ tables }, jobs);
        expect(names(plans.flatMap((plan) => plan.tables))).toEqual(names(tables));
        expect(plans.length).toBeLessThanOrEqual(jobs);
        const load = (plan: { tables: readonly DumpTable[] }): number =>
          plan.tables.reduce((sum, { sizeBytes }) => sum + sizeBytes + 8192, 0);
        const heaviest = Math.max(...plans.map(load));
        const largest = Math.max(0, ...tables.map(({ sizeBytes }) => sizeBytes + 8192));
        const mean = plans.map(load).reduce((a, b) => a + b, 0) / jobs;
        expect(heaviest).toBeLessThanOrEqual(mean + largest);
      }),
    );
  });
});
