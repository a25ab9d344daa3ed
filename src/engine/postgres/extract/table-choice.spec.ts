import fc from 'fast-check';
import { type ChoosableTable, chooseTable, writtenName } from './table-choice';

const table = (schema: string, name: string, root?: string): ChoosableTable => ({
  ...{ schema, name },
  ...(root === undefined ? {} : { partition_root: { schema, name: root } }),
});

const TABLES = [
  table('public', 'events'),
  table('public', 'Odd.Name "x"'),
  table('public', 'log_2', 'log'),
  table('public', 'log_1', 'log'),
  table('app', 'users'),
  table('old', 'users'),
  table('Old', 'users'),
];

describe('chooseTable', () => {
  it.each([
    ['public.events', ['public', 'events'], ['events']],
    ['PUBLIC.Events', ['public', 'events'], ['events']],
    ['events', ['public', 'events'], ['events']],
    ['"events"', ['public', 'events'], ['events']],
    ['public."Odd.Name ""x"""', ['public', 'Odd.Name "x"'], ['Odd.Name "x"']],
    ['"Old".users', ['Old', 'users'], ['users']],
    ['log_1', ['public', 'log_1'], ['log_1']],
    ['public.log', ['public', 'log'], ['log_2', 'log_1']],
  ])('takes %s for %j', (written, [schema, name], parts) => {
    const chosen = chooseTable(written, TABLES);
    expect([chosen.schema, chosen.name]).toEqual([schema, name]);
    expect(chosen.parts.map((part) => part.name)).toEqual(parts);
  });

  it.each([
    ['users', 'several tables are called users: app.users, old.users, "Old".users'],
    ['public.evnts', 'the backup has no rows of a table public.evnts; similar names are public.events'],
    ['app.events', 'the backup has no rows of a table app.events; similar names are public.events'],
    ['"Events"', 'the backup has no rows of a table "Events"; similar names are public.events'],
    ['public.lof', 'the backup has no rows of a table public.lof; similar names are public.log'],
    ['old.log', 'the backup has no rows of a table old.log; similar names are public.log, public.log_2, public.log_1'],
    ['public.nothing_like_it', 'the backup has no rows of a table public.nothing_like_it; bscc list shows its tables'],
    ['', ' is not the name of a table: write schema.table, quoted as in SQL'],
    ['a.b.c', 'a.b.c is not the name of a table: write schema.table, quoted as in SQL'],
    ['public."events', 'public."events is not the name of a table: write schema.table, quoted as in SQL'],
  ])('says of %s what is wrong', (written, message) => {
    expect(() => chooseTable(written, TABLES)).toThrow(new Error(message));
  });

  it('finds every table by the name that it is shown with', () => {
    const name = fc.string({ minLength: 1, maxLength: 8, unit: 'binary' });
    fc.assert(
      fc.property(name, name, (schema, relation) => {
        const one = table(schema, relation);
        expect(chooseTable(writtenName(one), [...TABLES, one]).parts).toEqual([one]);
      }),
    );
  });
});
