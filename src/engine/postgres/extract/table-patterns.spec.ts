import { matchTables, type PatternTable } from './table-patterns';

const table = (name: string, schema = 'public', root = name): PatternTable => ({
  table: { schema, name },
  root: { schema, name: root },
});

const TABLES = [
  ...['docs', 'doc_acl', 'doc_versions', 'Odd.name', 'tasks'].map((name) => table(name)),
  table('docs', 'archive'),
  ...['metrics_old', 'metrics_new'].map((name) => table(name, 'public', 'metrics')),
];

const found = (...written: string[]) => {
  const { tables, malformed, unknown, matchNothing, partitions } = matchTables(written, TABLES);
  return {
    tables: tables.map(({ schema, name }) => `${schema}.${name}`),
    wrong: [
      ...malformed,
      ...unknown,
      ...matchNothing,
      ...partitions.map(({ partition, of }) => `${partition} of ${of}`),
    ],
  };
};

describe('names and patterns of tables', () => {
  it.each([
    [['public.docs'], ['public.docs']],
    [['PUBLIC.Docs', 'public.docs'], ['public.docs']],
    [['public.doc_*'], ['public.doc_acl', 'public.doc_versions']],
    [['public.*c*'], ['public.docs', 'public.doc_acl', 'public.doc_versions', 'public.metrics']],
    [['public.d*o*s'], ['public.docs', 'public.doc_versions']],
    [['*.docs'], ['public.docs', 'archive.docs']],
    [['public."Odd.name"'], ['public.Odd.name']],
    [['public.metrics'], ['public.metrics']],
    [['public.metric*'], ['public.metrics']],
  ])('%j are %j', (written, tables) => {
    expect(found(...written)).toEqual({ tables, wrong: [] });
  });

  it.each([
    ['docs', 'docs'],
    ['public.', 'public.'],
    ['a.b.c', 'a.b.c'],
    ['public.doc', 'public.doc'],
    ['public."docs*"', 'public."docs*"'],
    ['public.x*', 'public.x*'],
    ['public.docs*docs', 'public.docs*docs'],
    ['public.metrics_old', 'public.metrics_old of public.metrics'],
    ['public.metrics_n*', 'public.metrics_new of public.metrics'],
  ])('%s is refused, although others are right', (written, wrong) => {
    expect(found('public.tasks', written)).toEqual({ tables: ['public.tasks'], wrong: [wrong] });
  });
});
