import { TablesUnderWay } from './tables-under-way';

const events = { schema: 'public', name: 'events' };
const users = { schema: 'public', name: 'users' };

describe('tables under way', () => {
  const begun = (): TablesUnderWay =>
    new TablesUnderWay([
      { ...users, sizeBytes: 10, parts: 1 },
      { ...events, sizeBytes: 100, parts: 2 },
      { schema: 'public', name: 'empty', sizeBytes: 0, parts: 0 },
    ]);

  it('counts those without rows as done', () => {
    expect(begun().view()).toEqual({ done: 1, total: 3, current: [] });
  });

  it('tells of those that are copied now, largest first, and never of more bytes than there are', () => {
    const tables = begun();
    tables.add(users, 20);
    tables.add(events, 30);
    expect(tables.view()).toEqual({
      done: 1,
      total: 3,
      current: [
        { table: 'public.events', bytes_done: 30, bytes_total: 100 },
        { table: 'public.users', bytes_done: 20, bytes_total: 20 },
      ],
    });
  });

  it('counts one as done with its last part, once', () => {
    const tables = begun();
    tables.add(events, 60);
    tables.endPart(events);
    expect(tables.view().current).toHaveLength(1);
    tables.endPart(events);
    tables.endPart(events);
    tables.add(events, 1);
    expect(tables.view()).toEqual({ done: 2, total: 3, current: [] });
  });

  it('leaves out what it does not know, and those beyond sixteen', () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ schema: 's', name: `t${i}`, sizeBytes: i, parts: 1 }));
    const tables = new TablesUnderWay(many);
    for (const table of many) tables.add(table, 1);
    tables.add(events, 1);
    expect(tables.view().current).toHaveLength(16);
  });
});
