import pg from 'pg';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { compareDatabases, type TableComparison } from '../../src/engine/postgres/compare/compare-databases';
import type { DefinitionDifference } from '../../src/engine/postgres/compare/definitions';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { itLong } from '../support/form';

const { signal } = new AbortController();

const TABLES = `
  CREATE TYPE mood AS ENUM ('ok', 'bad'); CREATE DOMAIN amount AS numeric(12, 2);
  CREATE TABLE single (id int PRIMARY KEY, v text COLLATE "C", m mood, n numeric, f float8, a int[], j jsonb, d amount, t timestamptz, g int GENERATED ALWAYS AS (id * 2) STORED);
  INSERT INTO single SELECT n, CASE WHEN n % 7 > 0 THEN 'row ' || n END, 'ok', n, n / 3.0, ARRAY[n], jsonb_build_object('n', n), n, '2026-01-01' FROM generate_series(1, 3000) n;
  CREATE TABLE composite (b text, a int, v text, PRIMARY KEY (b, a)); INSERT INTO composite SELECT 'é' || n % 5, n, '' FROM generate_series(1, 500) n;
  CREATE TABLE keyless (v text); INSERT INTO keyless SELECT 'v' || n % 3 FROM generate_series(1, 30) n; INSERT INTO keyless VALUES (NULL), ('');
  CREATE TABLE parted (at int, v text, PRIMARY KEY (at)) PARTITION BY RANGE (at);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100); INSERT INTO parted SELECT n, 'x' FROM generate_series(1, 90) n;
  CREATE TABLE same (id int PRIMARY KEY, v text); INSERT INTO same SELECT n, 'v' FROM generate_series(1, 100) n;
  CREATE TABLE dropped_column (gone int, id int PRIMARY KEY, v text); INSERT INTO dropped_column SELECT 1, n, 'v' FROM generate_series(1, 100) n; ALTER TABLE dropped_column DROP COLUMN gone;
  CREATE TABLE empty (); INSERT INTO empty DEFAULT VALUES;
  CREATE TABLE gone (id int); INSERT INTO gone VALUES (1), (2);
  CREATE VIEW seen AS SELECT id FROM same;`;

describe('the comparison of two databases', () => {
  const made: TestDatabase[] = [];
  const database = async (sql: string): Promise<TestDatabase> => {
    const fresh = await testCluster().createDatabase();
    made.push(fresh);
    await withClient(fresh.url, (client) => client.query(sql));
    return fresh;
  };
  afterAll(async () => {
    for (const each of made) await each.drop();
  });
  const compared = async (backup: TestDatabase, target: TestDatabase, onTable?: (name: string) => Promise<void>) => {
    const tables = new Map<string, TableComparison>();
    let definitions: readonly DefinitionDifference[] = [];
    await compareDatabases({
      addresses: { backup: parseDatabaseUrl(backup.url), target: parseDatabaseUrl(target.url) },
      ...{ keysKept: 3, allKeysKept: 100, signal },
      onDefinitions: (found) => Promise.resolve(void (definitions = found)),
      onTable: async (table) => {
        tables.set(table.name, table);
        await onTable?.(table.name);
      },
    });
    return { tables, definitions };
  };
  const counts = (table: TableComparison | undefined) => {
    const { rowsInBackup, rowsInTarget, onlyInBackup, onlyInTarget, different } = table?.rows ?? {};
    return [rowsInBackup, rowsInTarget, onlyInBackup, onlyInTarget, different];
  };

  it('finds rows only here, only there and different, by keys of one or more columns and without any, and definitions', async () => {
    // Numbers of types differ, and so do the order of columns and what was dropped before.
    const backup = await database(`CREATE TYPE another AS ENUM ('x', 'y'); ${TABLES}`);
    const target = await database(`${TABLES}
      DELETE FROM single WHERE id IN (1, 2); INSERT INTO single (id) VALUES (5001);
      UPDATE single SET m = 'bad' WHERE id = 10; UPDATE single SET v = '' WHERE id = 7; UPDATE single SET n = 11.00 WHERE id = 11;
      UPDATE single SET f = '-0' WHERE id = 12; UPDATE single SET f = 0 WHERE id = 13; UPDATE single SET a = '{{14}}' WHERE id = 14;
      UPDATE composite SET v = 'x' WHERE a < 3; DELETE FROM composite WHERE a = 500; INSERT INTO composite VALUES ('é1', 500, '');
      DELETE FROM keyless WHERE v = ''; INSERT INTO keyless VALUES ('v1'), ('new'), ('new');
      CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200); INSERT INTO parted VALUES (150, 'x');
      ALTER TABLE same ADD COLUMN later int DEFAULT 7; DROP VIEW seen; CREATE VIEW seen AS SELECT id, v FROM same;
      DROP TABLE dropped_column; CREATE TABLE dropped_column (v text, id int PRIMARY KEY); INSERT INTO dropped_column SELECT 'v', n FROM generate_series(1, 100) n;
      DROP TABLE gone; CREATE TABLE new (id int); INSERT INTO new VALUES (1)`);
    const { tables, definitions } = await compared(backup, target);
    expect(counts(tables.get('single'))).toEqual([3000, 2999, 2, 1, 6]);
    const keys = tables.get('single')?.rows?.keys;
    expect(new Set(keys?.only_in_backup?.flat())).toEqual(new Set(['1', '2']));
    expect(keys?.only_in_target).toEqual([['5001']]);
    expect(keys?.different).toHaveLength(3);
    expect(counts(tables.get('composite'))).toEqual([500, 500, 1, 1, 2]);
    expect(tables.get('composite')?.rows?.keys?.only_in_target).toEqual([['é1', '500']]);
    expect(counts(tables.get('keyless'))).toEqual([32, 34, 1, 3, undefined]);
    expect(counts(tables.get('parted'))).toEqual([90, 91, 0, 1, 0]);
    for (const name of ['same', 'dropped_column']) expect(counts(tables.get(name))).toEqual([100, 100, 0, 0, 0]);
    expect(counts(tables.get('empty'))).toEqual([1, 1, 0, 0, undefined]);
    expect(tables.get('gone')).toMatchObject({ isIn: 'backup', rows: { rowsInBackup: 2 } });
    expect(tables.get('new')).toMatchObject({ isIn: 'target', rows: { rowsInTarget: 1 } });
    expect(definitions.map(({ kind, table, name, state }) => [kind, table?.name, name, state])).toEqual(
      expect.arrayContaining([
        ['column', 'same', 'later', 'only_in_target'],
        ['column', 'gone', 'id', 'only_in_backup'],
        ['partition', 'parted', 'parted_2', 'only_in_target'],
        ['view', undefined, 'public.seen', 'different'],
        ['type', undefined, 'public.another', 'only_in_backup'],
      ]),
    );
    expect(definitions).toHaveLength(6);
  });

  it('tells apart what the hashes of the server do not', async () => {
    const values = [
      ['bigint', '-1', '4294967295'],
      ['numeric', '5.25', '-5.25'],
      ['numeric', '1.0', '1.00'],
      ['float8', 'NaN', 'Infinity'],
      ['float8', '0', '-0'],
      ['interval', '1 day', '24 hours'],
      ['timestamptz', 'epoch', '1970-01-01 01:11:34.967296Z'],
      ['jsonb', '{"a": 5}', '{"a": -5}'],
      ['jsonb', '[1.0]', '[1.00]'],
      ['jsonb', `[${Array.from({ length: 64 }, () => 0).join()}]`, `[${Array.from({ length: 64 }, () => 1).join()}]`],
      ['text COLLATE any_case', 'a', 'A'],
      ['text', '', null],
      ['int[]', '{1}', '{{1}}'],
    ] as const;
    // Two rows have exchanged a value in the target, with a key and without.
    const exchanged = (one: string, other: string): string =>
      ['keyed', 'unkeyed']
        .map((name) => `CREATE TABLE ${name} (id int${name === 'keyed' ? ' PRIMARY KEY' : ''}, v text, w numeric);`)
        .concat(['keyed', 'unkeyed'].map((name) => `INSERT INTO ${name} VALUES (1, '${one}', 1), (2, '${other}', 1);`))
        .join(' ');
    const sql = (which: 1 | 2): string =>
      values
        .map(
          (row, i) =>
            `CREATE TABLE v${i} (id int PRIMARY KEY, v ${row[0]}); INSERT INTO v${i} VALUES (1, ${pg.escapeLiteral(row[which] ?? '')});` +
            (row[which] === null ? `UPDATE v${i} SET v = NULL;` : ''),
        )
        .join(' ');
    const collation = `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);`;
    const backup = await database(collation + sql(1) + exchanged('a', 'b'));
    const target = await database(collation + sql(2) + exchanged('b', 'a'));
    const { tables } = await compared(backup, target);
    const missed = values.filter((_, i) => tables.get(`v${i}`)?.rows?.different !== 1);
    expect(missed).toEqual([]);
    expect(counts(tables.get('keyed'))).toEqual([2, 2, 0, 0, 2]);
    expect(counts(tables.get('unkeyed'))).toEqual([2, 2, 2, 2, undefined]);
  });

  it('is right about every row that stays, while others are written, and names a table that is gone', async () => {
    const sql = `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, v int); INSERT INTO b SELECT n, 0 FROM generate_series(1, 20000) n; CREATE TABLE c (id int); CREATE TABLE d (id int); INSERT INTO d VALUES (1)`;
    const [backup, target] = [await database(sql), await database(sql)];
    await withClient(target.url, (client) =>
      client.query(`DELETE FROM b WHERE id <= 10; UPDATE b SET v = 1 WHERE id BETWEEN 11 AND 30`),
    );
    let isOver = false;
    const writing = withClient(target.url, async (client) => {
      for (let i = 30_001; !isOver; i += 1)
        await client.query(`INSERT INTO b VALUES (${i}, 0); UPDATE b SET v = v + 1 WHERE id = ${i - 1}`);
    });
    const { tables } = await compared(backup, target, async (name) => {
      if (name === 'b') await withClient(target.url, (client) => client.query('DROP TABLE c; TRUNCATE d'));
    });
    isOver = true;
    await writing;
    const { rowsInTarget = 0, onlyInTarget = 0, onlyInBackup, different } = tables.get('b')?.rows ?? {};
    expect([onlyInBackup, different]).toEqual([10, 20]);
    expect(rowsInTarget - onlyInTarget).toBe(20_000 - 10);
    expect(tables.get('c')).toMatchObject({ isIn: 'backup' });
    expect(counts(tables.get('d'))).toEqual([1, 0, 1, 0, undefined]);
  });

  itLong('names a table that stays locked, and compares the others', async () => {
    const sql = `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO b VALUES (1)`;
    const [backup, target] = [await database(sql), await database(sql)];
    await withClient(target.url, async (client) => {
      await client.query('BEGIN; LOCK TABLE a');
      const { tables } = await compared(backup, target);
      expect(tables.get('a')).toMatchObject({ isIn: 'both', problem: { reason: 'locked', sqlState: '55P03' } });
      expect(counts(tables.get('b'))).toEqual([1, 1, 0, 0, 0]);
    });
  });
});
