import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableListDto } from '../../src/backups/http/contents.dto';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import type { AnswerBody } from '../support/json-client';

/** Of the files of earlier versions. */
const KEY = '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317';

const SHAPE = `
  CREATE SCHEMA "Odd ""Schema""";
  CREATE TABLE "Odd ""Schema"""."Odd.Table" (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "größe" text, twice int GENERATED ALWAYS AS (id * 2) STORED);
  INSERT INTO "Odd ""Schema"""."Odd.Table" ("größe") SELECT unnest(ARRAY['\\.', E'x\\n\\\\.\\ny', NULL, '', 'ä']);
  CREATE TABLE docs (id int, title text);
  INSERT INTO docs SELECT i, 'title ' || i FROM generate_series(1, 5000) AS i;
  CREATE TABLE log (id int, what text) PARTITION BY RANGE (id);
  CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);
  CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (10) TO (20);
  INSERT INTO log SELECT i, 'what ' || i FROM generate_series(5, 14) AS i;`;

describe('what is in a backup', () => {
  let service: TestService;
  let id: number;
  const imported = new Map<string, number>();
  beforeAll(async () => {
    service = await startTestService({ environment: { BACKUP_ENCRYPTION_KEY: KEY } });
    await withClient(service.target.url, (client) => client.query(SHAPE));
    id = (await service.client.backUp()).id;
    for (const name of ['golden.bscc', 'version1.bscc']) {
      const answer = await service.client.upload([await readFile(join(__dirname, '../vectors', name))]);
      imported.set(name, ((await answer.json()) as AnswerBody).item.id);
    }
  });
  afterAll(() => service.stop());

  const list = async (of: number | undefined, query = ''): Promise<TableListDto> =>
    (await service.client.get<TableListDto>(`/backups/${of ?? 0}/tables?${query}`)).body;

  it('is listed table by table, in pages, and by a part of the name', async () => {
    const { items, total } = await list(id);
    expect([items.map(({ table }) => table), total]).toEqual([
      ['"Odd ""Schema"""."Odd.Table"', 'public.docs', 'public.log_1', 'public.log_2'],
      4,
    ]);
    expect(items[0]).toEqual({
      ...{ table: '"Odd ""Schema"""."Odd.Table"', schema: 'Odd "Schema"', name: 'Odd.Table' },
      ...{ rows: 5, bytes: expect.any(Number) as number, text_bytes: expect.any(Number) as number },
      columns: ['id', 'größe'],
    });
    expect(items[1]).toMatchObject({ rows: 5000, text_bytes: 77_786 });
    expect(items[2]).toMatchObject({ rows: 5, partition_of: 'public.log' });
    expect(await list(id, 'limit=1&offset=2')).toEqual({ items: items.slice(2, 3), total: 4 });
    expect(await list(id, 'q=C.LOG_')).toEqual({ items: items.slice(2), total: 2 });
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
});
