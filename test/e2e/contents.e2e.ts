import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowsDto, TableListDto } from '../../src/backups/http/contents.dto';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { runTool } from '../../src/engine/process/run-tool';
import { startTestService, type TestService } from '../support/app';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { type AnswerBody, JsonClient } from '../support/json-client';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Of the files of earlier versions. */
const KEY = '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317';

const ROLE = `berkut_contents_${process.pid}`;

/** What the text of one table has to bring, to leave out, and to quote. */
const SHAPE = `
  CREATE SCHEMA "Odd ""Schema""";
  CREATE TYPE "Odd ""Schema""".mood AS ENUM ('good', 'bad');
  CREATE FUNCTION "Odd ""Schema""".half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 / 2; END';
  CREATE TABLE "Odd ""Schema"""."Odd.Table" (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "größe" text UNIQUE, mood "Odd ""Schema""".mood DEFAULT 'good',
    half int GENERATED ALWAYS AS ("Odd ""Schema""".half(id)) STORED, CHECK ("Odd ""Schema""".half(id) >= 0));
  INSERT INTO "Odd ""Schema"""."Odd.Table" ("größe") SELECT unnest(ARRAY['\\.', E'x\\n\\\\.\\ny', NULL, '', 'ä']);
  COMMENT ON COLUMN "Odd ""Schema"""."Odd.Table"."größe" IS E'two\\nlines; \\\\! touch /nothing';
  CREATE TABLE authors (id int PRIMARY KEY);
  INSERT INTO authors VALUES (1);
  CREATE TABLE docs (id serial PRIMARY KEY, title text, author int DEFAULT 1 REFERENCES authors, up int REFERENCES docs);
  INSERT INTO docs (title) SELECT 'title ' || i FROM generate_series(1, 5000) AS i;
  CREATE INDEX docs_title ON docs (lower(title));
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
  CREATE TRIGGER no_more BEFORE INSERT ON docs EXECUTE FUNCTION refuse();
  CREATE VIEW titles AS SELECT title FROM docs;
  CREATE ROLE ${ROLE};
  CREATE POLICY "of a role
\\! touch /nothing" ON docs TO ${ROLE} USING (true);
  CREATE POLICY of_all ON docs USING (true);
  CREATE TABLE "Odd ""Schema""".log (id int, what text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
  CREATE TABLE log_1 PARTITION OF "Odd ""Schema""".log FOR VALUES FROM (0) TO (10);
  CREATE TABLE log_2 PARTITION OF "Odd ""Schema""".log FOR VALUES FROM (10) TO (20);
  INSERT INTO "Odd ""Schema""".log SELECT i, 'what ' || i FROM generate_series(5, 14) AS i;
  CREATE TYPE kind AS ENUM ('one', 'two');
  CREATE TABLE hashed (kind kind, i int) PARTITION BY HASH (kind);
  CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO hashed SELECT (enum_range(NULL::kind))[1 + i % 2], i FROM generate_series(1, 50) AS i;
  CREATE TABLE large (t text);
  ALTER TABLE large ALTER t SET STORAGE EXTERNAL;
  INSERT INTO large SELECT string_agg(md5(i::text || j), '') FROM generate_series(1, 25) AS i, generate_series(1, 20000) AS j GROUP BY i;`;

describe('what is in a backup', () => {
  let service: TestService;
  let directory: string;
  let id: number;
  const imported = new Map<string, number>();
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-contents-'));
    service = await startTestService({ environment: { BACKUP_ENCRYPTION_KEY: KEY } });
    await withClient(service.target.url, (client) => client.query(SHAPE));
    id = (await service.client.backUp()).id;
    for (const name of ['golden.bscc', 'version1.bscc']) {
      const answer = await service.client.upload([await readFile(join(__dirname, '../vectors', name))]);
      imported.set(name, ((await answer.json()) as AnswerBody).item.id);
    }
  });
  afterAll(async () => {
    await service.stop();
    await withClient(testCluster().adminUrl, (admin) => admin.query(`DROP ROLE ${ROLE}`));
    await rm(directory, { recursive: true });
  });

  const list = async (of: number | undefined, query = ''): Promise<TableListDto> =>
    (await service.client.get<TableListDto>(`/backups/${of ?? 0}/tables?${query}`)).body;

  it('is listed table by table, in pages, and by a part of the name', async () => {
    const { items, total } = await list(id);
    const names = ['"Odd ""Schema"""."Odd.Table"', 'public.authors', 'public.docs'];
    names.push(...['hashed_0', 'hashed_1', 'large', 'log_1', 'log_2'].map((name) => `public.${name}`));
    expect([items.map(({ table }) => table), total]).toEqual([names, names.length]);
    expect(items[0]).toEqual({
      ...{ table: '"Odd ""Schema"""."Odd.Table"', schema: 'Odd "Schema"', name: 'Odd.Table' },
      ...{ rows: 5, bytes: expect.any(Number) as number, text_bytes: expect.any(Number) as number },
      columns: ['id', 'größe', 'mood'],
    });
    expect(items[5]).toMatchObject({ rows: 25, text_bytes: 25 * (20_000 * 32 + 1) });
    expect(items[6]).toMatchObject({ rows: 5, partition_of: '"Odd ""Schema""".log' });
    expect(await list(id, 'limit=1&offset=2')).toEqual({ items: items.slice(2, 3), total });
    expect(await list(id, 'q=C.LOG_')).toEqual({ items: items.slice(6), total: 2 });
    for (const query of ['limit=0', 'limit=1001', 'limit=1e2', 'offset=-1', 'q=a&q=b', `q=${'x'.repeat(101)}`]) {
      const { status, body } = await service.client.get(`/backups/${id}/tables?${query}`);
      expect([query, status, body.error.code]).toEqual([query, 400, 'backups.invalid_request']);
    }
  });

  it('is listed as far as a file of an earlier version says it', async () => {
    const [golden, first] = [await list(imported.get('golden.bscc')), await list(imported.get('version1.bscc'))];
    const docs = { table: 'public.docs', schema: 'public', name: 'docs', text_bytes: null, columns: null };
    expect(golden.items).toContainEqual({ ...docs, rows: 400, bytes: expect.any(Number) as number });
    expect(first.items).toContainEqual({ ...docs, rows: null, bytes: null });
    expect([golden.total, first.total]).toEqual([golden.items.length, first.items.length]);
  });

  const text = async (path: string): Promise<string> => {
    const response = await service.client.fetch('GET', path);
    expect([path, response.status]).toEqual([path, 200]);
    return response.text();
  };
  const load = async (sql: string, { url }: TestDatabase): Promise<void> => {
    const path = join(directory, 'table.sql');
    await writeFile(path, sql);
    await runTool({
      command: join(testCluster().binDirectory, 'psql'),
      args: ['-qX', '-v', 'ON_ERROR_STOP=1', '-f', path],
      env: toolEnvironment(parseDatabaseUrl(url)),
    });
  };
  const sqlPath = (of: number | undefined, table: string): string =>
    `/backups/${of ?? 0}/sql?table=${encodeURIComponent(table)}`;

  it('is SQL, table by table, from which an empty database gets all that belongs to them', async () => {
    const copy = await testCluster().createDatabase();
    const odd = await text(sqlPath(id, '"Odd ""Schema"""."Odd.Table"'));
    await load(odd, copy);
    const docs = await text(sqlPath(id, 'DOCS'));
    expect(docs.split('\nSET client_encoding')[0]?.split('\n')).toEqual([
      '-- public.docs of a backup, for psql and an empty database. Owners and rights are not in it.',
      '-- Left out: FK CONSTRAINT public.docs docs_author_fkey: it needs other tables.',
      String.raw`-- Left out: POLICY public.docs of a role\u000a\! touch /nothing: it names roles.`,
    ]);
    await load(docs, copy);
    for (const table of ['log', 'hashed']) await load(await text(sqlPath(id, table)), copy);
    // What is left out is what the source has beyond that.
    await withClient(service.target.url, (client) =>
      client.query(
        `DROP VIEW titles; DROP TABLE large, authors CASCADE; DROP POLICY "of a role\n\\! touch /nothing" ON docs;
`,
      ),
    );
    // Rows of hash partitions over an enum may have changed places.
    const [made, source] = [(await dumpOf(copy.url)).sort(), (await dumpOf(service.target.url)).sort()];
    expect(made).toEqual(source);
    // A partition alone is a table like others.
    const alone = await testCluster().createDatabase();
    await load(await text(sqlPath(id, 'log_1')), alone);
    await load(await text(sqlPath(id, 'hashed_1')), alone);
    const { rows } = await withClient(alone.url, (client) =>
      client.query(
        `SELECT relname, relispartition FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1`,
      ),
    );
    expect(rows).toEqual([
      { relname: 'hashed_1', relispartition: false },
      { relname: 'log_1', relispartition: false },
    ]);
    for (const database of [copy, alone]) await database.drop();
  });

  it('is SQL of files of earlier versions, too, and of the whole database', async () => {
    for (const of of imported.values()) {
      const copy = await testCluster().createDatabase();
      await load(await text(sqlPath(of, 'public.docs')), copy);
      const { rows } = await withClient(copy.url, (client) =>
        client.query('SELECT count(*)::int AS n, max(id)::int AS last FROM docs'),
      );
      expect(rows).toEqual([{ n: 400, last: 400 }]);
      await copy.drop();
    }
    const response = await service.client.fetch('GET', `/backups/${id}/sql`);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/sql',
      'content-disposition': `attachment; filename="backup-${id}.sql"`,
      'cache-control': 'no-store',
    });
    expect(await response.text()).toMatch(/CREATE TABLE public\.authors [\s\S]*COPY "public"\."authors"/);
  });

  it('is the first rows of a table, as text', async () => {
    const rows = async (of: number | undefined, query: string): Promise<RowsDto> =>
      (await service.client.get<RowsDto>(`/backups/${of ?? 0}/rows?${query}`)).body;
    const table = encodeURIComponent('"Odd ""Schema"""."Odd.Table"');
    expect(await rows(id, `table=${table}&limit=3`)).toEqual({
      ...{ table: '"Odd ""Schema"""."Odd.Table"', columns: ['id', 'größe', 'mood'], has_more: true },
      items: [
        { id: '1', größe: '\\.', mood: 'good' },
        { id: '2', größe: 'x\n\\.\ny', mood: 'good' },
        { id: '3', größe: null, mood: 'good' },
      ],
    });
    const log = await rows(id, 'table=log&limit=1000');
    expect([log.table, log.items.length, log.has_more]).toEqual(['"Odd ""Schema""".log', 10, false]);
    const large = await rows(id, 'table=large');
    expect([large.items.length, large.has_more, large.items[0]?.['t']?.length, large.cut?.[0]]).toEqual([
      ...[25, false, 65_536],
      { item: 0, column: 't' },
    ]);
    for (const of of imported.values()) {
      const { items, has_more, columns } = await rows(of, 'table=docs&limit=2');
      expect([items.length, has_more, Object.keys(items[0] ?? {})]).toEqual([2, true, columns]);
    }
  });

  it.each<[string, string, number, string, unknown]>([
    ['rows', 'table=dogs', 404, 'backups.table_not_found', { similar: ['public.docs'] }],
    ['sql', 'table=dogs', 404, 'backups.table_not_found', { similar: ['public.docs'] }],
    ['sql', `table=${encodeURIComponent('docs; DROP TABLE docs')}`, 404, 'backups.table_not_found', undefined],
    ['sql', `table=${encodeURIComponent('--use-list=/etc/passwd')}`, 404, 'backups.table_not_found', undefined],
    ['sql', 'table=a.b.c', 400, 'backups.invalid_request', expect.objectContaining({ fields: ['table'] })],
    ['sql', 'table=', 400, 'backups.invalid_request', { fields: ['table'] }],
    ['sql', 'table=a%00b', 400, 'backups.invalid_request', expect.anything()],
    ['sql', 'table=docs&table=log', 400, 'backups.invalid_request', { fields: ['table'] }],
    ['rows', '', 400, 'backups.invalid_request', { fields: ['table'] }],
    ['rows', 'table=docs&limit=0', 400, 'backups.invalid_request', { fields: ['limit'] }],
    ['rows', 'table=docs&limit=1001', 400, 'backups.invalid_request', { fields: ['limit'] }],
  ])('refuses %s?%s', async (route, query, status, code, details) => {
    const answer = await service.client.get(`/backups/${id}/${route}?${query}`);
    expect([answer.status, answer.body.error.code, answer.body.error.details]).toEqual([status, code, details]);
  });

  it('is recorded with the name of the table, each time, and for those who are refused', async () => {
    const admin = new JsonClient(service.url, await service.token('admin', 'looker'));
    const operator = new JsonClient(service.url, await service.token('backup_operator', 'looker'));
    for (let i = 0; i < 2; i += 1) await admin.get(`/backups/${id}/rows?table=docs&limit=1`);
    await (await admin.fetch('GET', sqlPath(id, 'log'))).arrayBuffer();
    await admin.get(`/backups/${id}/rows?table=dogs`);
    await operator.get(`/backups/${id}/rows?table=docs`);
    await operator.get(sqlPath(id, 'secret%00'));
    const records = (): Promise<Record<string, unknown>[]> =>
      service.query(
        `SELECT result, details ->> 'table' AS "table", details ->> 'error_code' AS code FROM audit_records
          WHERE actor = 'looker' AND action = 'backups.extract' AND resource = $1 ORDER BY result, "table"`,
        [`backup/${id}`],
      );
    await eventually(async () => (await records()).length >= 6);
    expect(await records()).toEqual([
      { result: 'denied', table: 'docs', code: 'backups.forbidden' },
      { result: 'denied', table: 'secret%00', code: 'backups.forbidden' },
      { result: 'not_found', table: 'dogs', code: 'backups.table_not_found' },
      { result: 'success', table: '"Odd ""Schema""".log', code: null },
      { result: 'success', table: 'public.docs', code: null },
      { result: 'success', table: 'public.docs', code: null },
    ]);
  });

  /** Begins to read a table, and takes no more than a few megabytes of it. */
  const open = async (): Promise<{ client: AbortController; response: Response }> => {
    const client = new AbortController();
    const response = await fetch(`${service.url}/api${sqlPath(id, 'large')}`, {
      headers: { Authorization: `Bearer ${await service.token('admin')}` },
      signal: client.signal,
    });
    expect(response.status).toBe(200);
    // A response that is no longer referred to would end by itself.
    return { client, response };
  };

  it('ends with its client, and gives back its place and the file', async () => {
    const clients = await Promise.all([open(), open(), open(), open()]);
    const refused = await service.client.get(`/backups/${id}/rows?table=docs`);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'backups.concurrent_operation']);
    expect((await service.client.delete(`/backups/${id}`)).body.error.code).toBe('backups.file_busy');
    for (const { client } of clients) client.abort();
    await service.idle();
    expect((await service.client.get(`/backups/${id}/rows?table=docs`)).status).toBe(200);
    await eventually(async () => {
      const [cut] = await service.query(
        `SELECT count(*)::int AS n FROM audit_records WHERE action = 'backups.extract' AND result = 'failed' AND details ->> 'table' = 'public.large'`,
      );
      return cut?.['n'] === 4;
    });
  });

  it('breaks the connection when the rows turn out to be damaged', async () => {
    const { filename = '' } = (await service.client.get(`/backups/${id}`)).body.item;
    const path = join(service.storagePath, filename);
    const bytes = await readFile(path);
    // The rows of the large table are nearly all of the file.
    const at = Math.floor(bytes.length / 2);
    const whole = Buffer.from(bytes);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(path, bytes);
    // A file that was changed is refused as a whole.
    expect((await service.client.get(sqlPath(id, 'large'))).body.error.code).toBe('backups.checksum_mismatch');
    await service.query('UPDATE backups SET checksum = $1 WHERE id = $2', [sha256(bytes), id]);
    const response = await service.client.fetch('GET', sqlPath(id, 'large'));
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    await eventually(async () => {
      const records = await service.query(
        `SELECT 1 FROM audit_records WHERE action = 'backups.extract' AND details ->> 'error_code' = 'backups.decrypt_failed'`,
      );
      return records.length === 1;
    });
    await writeFile(path, whole);
    await service.query('UPDATE backups SET checksum = $1 WHERE id = $2', [sha256(whole), id]);
  });

  it('ends when the service is stopped, even if its client takes nothing', async () => {
    const { response } = await open();
    await service.stopService();
    await expect(response.text()).rejects.toThrow();
  });
});
