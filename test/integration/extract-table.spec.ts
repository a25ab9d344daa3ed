import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { bufferSource } from '../../src/engine/container/format/random-source';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { extractTable } from '../../src/engine/postgres/extract/extract-table';
import { TABLE_FORMATS, type TableFormat } from '../../src/engine/postgres/extract/table-text';
import { keyOf, qualified, type RelationName } from '../../src/engine/postgres/server/relation-name';
import { findTools, type PostgresTools } from '../../src/engine/postgres/server/tools';
import { runTool } from '../../src/engine/process/run-tool';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { withArchivedRows } from '../support/archived-rows';
import { build } from '../support/built';
import { isLong, itLong } from '../support/form';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { chunksOf, collect, TEST_KEY, testKey, testRing } from '../support/containers';
import { withIndex } from '../support/forged-container';
import { runBscc } from '../support/run-bscc';

const KEY = { BACKUP_ENCRYPTION_KEY: TEST_KEY };

/** Texts that the formats have their own words for. */
const ODD = String.raw`'', NULL, '\', '\.', '\N', E'\t', E'\n', E'\r\n', E'x\n\\.\ny', ',', '"', '""', 'a,"b"', ' ', E'\b\f\v\\', 'größe', E'\x7f\u00a0ÿ'`;

const SHAPE = `
  CREATE TABLE texts (t text);
  CREATE TABLE "odd ""Types""" (
    id int GENERATED ALWAYS AS IDENTITY, "größe, ""x""" text, b bytea, a text[], j jsonb, n numeric, f float8, w timestamptz,
    i interval, twice int GENERATED ALWAYS AS (id * 2) STORED, c "char", v varchar(90)[][]);
  CREATE TABLE nothing ();
  CREATE TABLE never (a int, b text);
  CREATE TABLE big (id int, t text);
  CREATE TABLE log (id int, who text, what text) PARTITION BY RANGE (id);
  CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);
  CREATE TABLE log_2 (what text, gone int, id int, who text);
  ALTER TABLE log_2 DROP COLUMN gone;
  ALTER TABLE log ATTACH PARTITION log_2 FOR VALUES FROM (10) TO (30);
  CREATE TABLE hashed (id int, t text) PARTITION BY HASH (id);
  CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);`;

const ROWS = `
  INSERT INTO texts SELECT unnest(ARRAY[${ODD}]);
  INSERT INTO texts SELECT chr(i) FROM generate_series(1, 255) AS i;
  INSERT INTO "odd ""Types""" ("größe, ""x""", b, a, j, n, f, w, i, c, v)
    SELECT t, decode('00ff5c0a09', 'hex') || convert_to(t, 'UTF8'), ARRAY[t, NULL, t || ','], to_jsonb(t), random() * 1e20, random(),
      '2026-03-29 01:30+03'::timestamptz + random() * interval '9 days', -random() * interval '3 months 9 days', '"', ARRAY[[t], ['\\']]
    FROM texts;
  INSERT INTO "odd ""Types""" DEFAULT VALUES;
  INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
  INSERT INTO big SELECT i, repeat('x' || i || E'\\n"', 20) FROM generate_series(1, 2000) AS i;
  INSERT INTO log SELECT i, 'who' || i, E'w\\t' || i FROM generate_series(0, 29) AS i;
  INSERT INTO hashed SELECT i, i FROM generate_series(0, 99) AS i;`;

const TABLES = ['texts', 'odd "Types"', 'nothing', 'never', 'big', 'log', 'log_2', 'hashed'];

describe.each(isLong ? ['UTF8', 'LATIN1'] : ['LATIN1'])('the rows of one table of a backup in %s', (encoding) => {
  let source: TestDatabase;
  let copy: TestDatabase;
  let directory: string;
  let file: string;
  let reader: BackupReader;
  let tools: PostgresTools;

  const database = async (): Promise<TestDatabase> => {
    const made = await testCluster().createDatabase();
    const name = pg.escapeIdentifier(made.name);
    await withClient(testCluster().adminUrl, async (admin) => {
      await admin.query(`DROP DATABASE ${name}`);
      await admin.query(
        `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
      );
    });
    await withClient(made.url, (client) => client.query(SHAPE));
    return made;
  };

  beforeAll(async () => {
    await build();
    directory = await mkdtemp(join(tmpdir(), 'berkut-extract-table-'));
    source = await database();
    copy = await database();
    await withClient(source.url, (client) => client.query(ROWS));
    const pgDumpBin = join(testCluster().binDirectory, 'pg_dump');
    tools = await findTools({ serverVersionNum: 130_000, pgDumpBin });
    const { signal } = new AbortController();
    await writeBackup({
      ...{
        target: parseDatabaseUrl(source.url),
        storage: new LocalStorage(directory),
        name: 'one.bscc',
        tools,
        signal,
      },
      ...{ key: testKey(), jobs: 2, compressionLevel: 1, scope: ['ALL'], createdAt: new Date(), entities: [] },
      ...{ app: { name: 'test', version: '0' }, onProgress: () => undefined, partBytes: 8192 },
    });
    file = join(directory, 'one.bscc');
    reader = await openContainer(bufferSource(await readFile(file)), testRing);
  });
  afterAll(async () => {
    await source.drop();
    await copy.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const extracted = async (from: BackupReader, { name }: { name: string }, format: TableFormat): Promise<Buffer> => {
    const written = `public.${pg.escapeIdentifier(name)}`;
    const order = { written, format, tools: () => Promise.resolve(tools), onBytes: () => undefined };
    return collect((await extractTable(from, order)).text);
  };
  /** What a query gives as text of COPY, or as CSV. */
  const copied = (url: string, statement: string): Promise<Buffer> =>
    withClient(url, (client) => collect(client.query(copyTo(statement))));
  const contentOf = async (url: string, table: RelationName): Promise<string[]> => {
    const text = await copied(url, `COPY (SELECT tableoid::regclass, * FROM ${qualified(table)}) TO STDOUT`);
    return text.toString().split('\n').sort();
  };
  const load: Readonly<Record<TableFormat, (text: Buffer, table: RelationName, columns: string) => Promise<unknown>>> =
    {
      copy: (text, table, columns) => copyIn(text, `${qualified(table)}${columns}`, `ENCODING '${encoding}'`),
      csv: (text, table, columns) =>
        copyIn(text, `${qualified(table)}${columns}`, `FORMAT csv, HEADER MATCH, ENCODING '${encoding}'`),
      sql: async (text) => {
        const path = join(directory, 'table.sql');
        await writeFile(path, text);
        await runTool({
          command: join(testCluster().binDirectory, 'psql'),
          args: ['-qX', '-v', 'ON_ERROR_STOP=1', '-f', path],
          env: toolEnvironment(parseDatabaseUrl(copy.url)),
        });
      },
    };
  const copyIn = (text: Buffer, table: string, options: string): Promise<unknown> =>
    withClient(copy.url, (client) =>
      pipeline(chunksOf(text, 60_000), client.query(copyFrom(`COPY ${table} FROM STDIN (${options})`))),
    );
  /** The columns that are copied; none are named where there are none. */
  const columnsOf = (from: BackupReader, table: RelationName): string => {
    const named = from.index.tables.find(
      ({ partition_root: root, ...own }) => keyOf(own) === keyOf(table) || (root && keyOf(root) === keyOf(table)),
    );
    const columns = named?.columns ?? [];
    return columns.length === 0 ? '' : ` (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')})`;
  };
  const loadsBack = async (from: BackupReader, tables: readonly string[], format: TableFormat): Promise<void> => {
    for (const name of tables) {
      const table = { schema: 'public', name };
      await withClient(copy.url, (client) => client.query(`TRUNCATE ${qualified(table)}`));
      await load[format](await extracted(from, table, format), table, columnsOf(reader, table));
      expect([format, name, await contentOf(copy.url, table)]).toEqual([
        ...[format, name],
        await contentOf(source.url, table),
      ]);
    }
  };

  it.each(TABLE_FORMATS)('load back equal as %s, in several parts and from partitions', async (format) => {
    expect(reader.index.tables.find(({ name }) => name === 'big')?.parts?.length).toBeGreaterThan(2);
    await loadsBack(reader, TABLES, format);
  });

  it('are the bytes of COPY, and the CSV that the server itself writes', async () => {
    for (const name of ['texts', 'nothing', 'never', 'log_2', 'big']) {
      const table = { schema: 'public', name };
      const own = `COPY ${qualified(table)} TO STDOUT (ENCODING '${encoding}'`;
      expect([name, await extracted(reader, table, 'copy')]).toEqual([name, await copied(source.url, `${own})`)]);
      expect([name, (await extracted(reader, table, 'csv')).toString('latin1')]).toEqual([
        name,
        (await copied(source.url, `${own}, FORMAT csv, HEADER)`)).toString('latin1'),
      ]);
    }
  });

  it('come from the streams that have them, each read once', async () => {
    const read: string[] = [];
    const watched: BackupReader = {
      ...{ ...reader, isListed: true, keyId: '' },
      readStream: (name, options) => {
        read.push(name);
        return reader.readStream(name, options);
      },
    };
    for (const name of ['log', 'hashed', 'big', 'never']) {
      const tables = reader.index.tables.filter((table) => (table.partition_root ?? table).name === name);
      const parts = tables.flatMap((table) => table.parts ?? []).filter(({ size }) => size > 0);
      read.length = 0;
      await extracted(watched, { name }, 'csv');
      expect([name, read.toSorted()]).toEqual([name, [...new Set(parts.map(({ stream }) => stream))].toSorted()]);
    }
  });

  itLong('come out of archives, too', async () => {
    const archived = await withArchivedRows(reader, source.url, { apart: ['public.big'] });
    for (const format of TABLE_FORMATS) await loadsBack(archived, ['texts', 'odd "Types"', 'never', 'big'], format);
    await expect(extracted(archived, { name: 'log' }, 'copy')).rejects.toThrow(
      'similar names are public.log_1, public.log_2',
    );
  });

  it('are refused when they are not as many as the index says', async () => {
    const wrong = await withIndex(await readFile(file), (index) => ({
      ...index,
      tables: index.tables.map((table) =>
        table.name === 'texts'
          ? {
              ...table,
              rows: table.rows - 1,
              parts: table.parts?.map((part, i) => (i === 0 ? { ...part, rows: part.rows - 1 } : part)),
            }
          : table,
      ),
    }));
    const path = join(directory, 'wrong.bscc');
    await writeFile(path, wrong);
    const forged = await openContainer(bufferSource(wrong), testRing);
    const order = { written: 'texts', tools: () => Promise.resolve(tools), onBytes: () => undefined };
    for (const format of TABLE_FORMATS) {
      const { text } = await extractTable(forged, { ...order, format });
      let written = '';
      const reading = (async () => {
        for await (const chunk of text) written += chunk.toString('latin1');
      })();
      await expect(reading).rejects.toMatchObject({ name: 'ContainerError', fault: 'index_mismatch' });
      expect(written).not.toContain('COMMIT');
    }
    const before = await readdir(directory);
    const output = join(directory, 'texts.copy');
    expect(await runBscc(['extract', path, '--table', 'texts', '--output', output], KEY)).toMatchObject({ code: 4 });
    expect(await readdir(directory)).toEqual(before);
  });

  it('are written by bscc to standard output or into a new file, with a word about their encoding', async () => {
    const said = await runBscc(['extract', file, '--table', 'public.LOG', '--format', 'csv'], KEY);
    expect([said.code, said.stdout.startsWith('id,who,what\n'), said.stdout.split('\n').length]).toEqual([0, true, 32]);
    expect(said.stderr).toBe(encoding === 'UTF8' ? '' : 'bscc: the rows are in the encoding LATIN1\n');
    const output = join(directory, 'log.csv');
    const args = ['extract', file, '--table', 'log', '--format', 'csv', '--output', output];
    const result = await runBscc(['--json', ...args], KEY);
    expect(JSON.parse(result.stdout)).toEqual({ written: output, table: 'public.log', rows: 30, encoding });
    expect(await readFile(output, 'latin1')).toBe(said.stdout);
    const parts = reader.index.tables.find((table) => table.name === 'big')?.parts ?? [];
    const big = new RegExp(`^table public\\.big +2000 rows +[\\d.]+ [KM]iB +${parts.length} parts$`, 'm');
    const list = await runBscc(['list', file], KEY);
    expect(list.stdout).toMatch(big);
    expect(list.stdout).toMatch(/^table public\.log_2 +20 rows +[\d.]+ KiB$/m);
    expect(JSON.parse((await runBscc(['--json', 'list', file], KEY)).stdout)).toMatchObject({
      tables: expect.arrayContaining([
        expect.objectContaining({ name: 'big', columns: ['id', 't'], parts }),
      ]) as unknown,
    });
    expect(await runBscc(['extract', file, '--table', 'txts'], KEY)).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: 'bscc: usage: the backup has no rows of a table txts; similar names are public.texts\n',
    });
  });
});

describe('the rows of one table of a file of an earlier version', () => {
  const GOLDEN_KEY = { BACKUP_ENCRYPTION_KEY: '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317' };
  it.each(['golden.bscc', 'version1.bscc'])('come out of %s', async (name) => {
    const args = ['extract', join(__dirname, '../vectors', name), '--table', 'public.docs'];
    const { stdout, code } = await runBscc(args, GOLDEN_KEY);
    expect([code, stdout.split('\n').length]).toEqual([0, 401]);
  });
});
