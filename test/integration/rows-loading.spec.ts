import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { loadBackup } from '../../src/engine/backup/read-backup';
import { writeBackup } from '../../src/engine/backup/write-backup';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { parseOperatorKey } from '../../src/engine/container/keys/operator-key';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { Archive } from '../../src/engine/postgres/archive/archive';
import { CountedRows } from '../../src/engine/postgres/rows/counted-rows';
import { verifyRestored } from '../../src/engine/postgres/check/verify-restored';
import { connect } from '../../src/engine/postgres/server/connection';
import { replaceContent } from '../../src/engine/postgres/load/replace-content';
import { findTools, type PostgresTools } from '../../src/engine/postgres/server/tools';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import type { PendingFile, Storage } from '../../src/engine/storage/storage';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { testKey, testRing } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';

const nothing = (): void => undefined;

/** Does something before the first frame is written. */
class WaitingStorage extends LocalStorage {
  constructor(
    directory: string,
    private readonly beforeFrames: () => Promise<void>,
  ) {
    super(directory);
  }

  override async create(name: string): Promise<PendingFile> {
    const file = await super.create(name);
    const write = file.write.bind(file);
    let writes = 0;
    // The first is the header.
    file.write = async (bytes) => {
      writes += 1;
      if (writes === 2) await this.beforeFrames();
      await write(bytes);
    };
    return file;
  }
}

/** Several blocks each: one table that stays whole, one in parts, and one whose rows run code. */
const SCHEMA = `
  CREATE TABLE whole (id int PRIMARY KEY, v text);
  CREATE TABLE parts (id int PRIMARY KEY, v text, twice int GENERATED ALWAYS AS (id * 2) STORED);
  CREATE TABLE few (id int);
  CREATE SEQUENCE s;
  INSERT INTO whole SELECT i, 'row ' || i FROM generate_series(1, 2000) AS i;
  INSERT INTO parts SELECT i, repeat('x', i % 300) FROM generate_series(1, 5000) AS i;
  INSERT INTO few VALUES (1), (2);
  SELECT setval('s', 9007199254740993);`;

describe('rows that were copied', () => {
  const { signal } = new AbortController();
  let directory: string;
  let storage: LocalStorage;
  let into: TestDatabase;
  const made: TestDatabase[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-rows-'));
    storage = new LocalStorage(directory);
    into = await database();
  });
  afterEach(async () => {
    for (const one of made.splice(0)) await one.drop();
    await rm(directory, { recursive: true });
  });

  async function database(sql = ''): Promise<TestDatabase> {
    const created = await testCluster().createDatabase();
    made.push(created);
    await withClient(created.url, (client) => client.query(sql));
    return created;
  }

  async function load(reader: BackupReader, counted?: CountedRows): Promise<void> {
    const tools = await findTools({ serverVersionNum: 150_000 });
    await loadBackup({
      ...{ address: parseDatabaseUrl(into.url), tools, ownership: 'leave out', jobs: 2, signal },
      archive: new Archive(reader, signal),
      counted,
      ...{ onProgress: nothing, largeTableBytes: 0 },
    });
  }

  /** Makes a backup with small parts, and does something with it. */
  async function withBackup(
    source: TestDatabase,
    work: (reader: BackupReader) => Promise<void>,
    changes: { readonly storage?: Storage; readonly jobs?: number; readonly tools?: PostgresTools } = {},
  ): Promise<void> {
    const tools = await findTools({ serverVersionNum: 150_000 });
    await writeBackup({
      ...{ target: parseDatabaseUrl(source.url), tools, storage, name: 'one.bscc', key: testKey(), jobs: 2, signal },
      ...{
        compressionLevel: 1,
        scope: ['ALL'],
        createdAt: new Date(),
        app: { name: 'test', version: '0' },
        entities: [],
      },
      ...{ onProgress: nothing, partBytes: 131_072, ...changes },
    });
    const file = await storage.open('one.bscc');
    try {
      await work(await openContainer(file, testRing));
    } finally {
      await file.close();
    }
  }

  it('come back from a file that another program wrote, by several connections and in one transaction', async () => {
    const ring = new KeyRing(parseOperatorKey('a passphrase of more than 32 bytes, for tests only'));
    const reader = await openContainer(bufferSource(readFileSync(join(__dirname, '../vectors/rows.bscc'))), ring);
    const expectAll = async (): Promise<void> => {
      await withClient(into.url, async (client) => {
        expect(await verifyRestored(client, reader.index, signal)).toMatchObject({ tables: 4, rows: 14 });
        const { rows } = await client.query(
          'SELECT title, upper_title, amount::text FROM public."документы" ORDER BY id',
        );
        expect(rows).toEqual([
          { title: 'tab\tand\nline', upper_title: 'TAB\tAND\nLINE', amount: '1.5' },
          { title: null, upper_title: null, amount: 'NaN' },
          { title: '\\N', upper_title: '\\N', amount: null },
          { title: '\\.', upper_title: '\\.', amount: '-7' },
          { title: '', upper_title: '', amount: 'Infinity' },
        ]);
        const next = await client.query(`SELECT nextval('public."документы_id_seq"')::text AS next`);
        expect(next.rows).toEqual([{ next: '9007199254740994' }]);
      });
    };
    await load(reader);
    await expectAll();
    const client = await connect(parseDatabaseUrl(into.url));
    try {
      const tools = await findTools({ serverVersionNum: 150_000 });
      await client.query('BEGIN');
      const archive = new Archive(reader, signal);
      const order = { client, archive, tools, missingRoles: [], onBytes: nothing, onPostData: nothing, signal };
      await replaceContent({ ...order, ownership: 'leave out' });
      await client.query('COMMIT');
    } finally {
      await client.end();
    }
    await expectAll();
  });

  it('come back the same, those of a table that is one part frozen', async () => {
    const source = await database(SCHEMA);
    await withBackup(source, async (reader) => {
      const partsOf = new Map(reader.index.tables.map(({ name, parts }) => [name, parts?.length]));
      expect([partsOf.get('whole'), partsOf.get('few')]).toEqual([1, 1]);
      expect(partsOf.get('parts')).toBeGreaterThan(2);
      await load(reader);
    });
    // Parts come in whatever order.
    const [back, was] = [await dumpOf(into.url), await dumpOf(source.url)];
    expect(back.sort().join('\n') === was.sort().join('\n')).toBe(true);
    await withClient(into.url, async (client) => {
      await client.query('CREATE EXTENSION pg_visibility');
      const { rows } = await client.query(
        `SELECT name, bool_and(all_frozen) AS is_frozen FROM unnest('{whole,parts,few}'::regclass[]) AS name, pg_visibility(name)
          GROUP BY name ORDER BY name::text`,
      );
      expect(rows).toEqual([
        { name: 'few', is_frozen: false },
        { name: 'parts', is_frozen: false },
        { name: 'whole', is_frozen: true },
      ]);
    });
  });

  it('are copied while another session waits to change a table whose turn has not come', async () => {
    const source = await database(SCHEMA);
    const tools = await findTools({ serverVersionNum: 150_000 });
    const [pgDump, dumped] = [join(directory, 'pg_dump'), join(directory, 'dumped')];
    await writeFile(pgDump, `#!/bin/sh\n'${tools.pgDump}' "$@" && : > '${dumped}'\n`, { mode: 0o700 });
    await withClient(source.url, async (client) => {
      const isFound = async (query: string): Promise<boolean> => (await client.query(query)).rowCount !== 0;
      let changing: Promise<unknown> = Promise.resolve();
      const begin = async (): Promise<void> => {
        const sessions = 'SELECT FROM pg_stat_activity WHERE datname = current_database()';
        // The definitions are there, and the session that copies has begun.
        await eventually(() => isFound(`${sessions} AND query LIKE 'COPY %'`));
        await eventually(() => existsSync(dumped));
        changing = withClient(source.url, (other) => other.query('ALTER TABLE few ADD COLUMN more int'));
        await eventually(() => isFound('SELECT FROM pg_locks WHERE NOT granted'));
      };
      const waiting = new WaitingStorage(directory, begin);
      await withBackup(
        source,
        async (reader) => {
          await changing;
          expect(reader.index.tables.find(({ name }) => name === 'few')).toMatchObject({ columns: ['id'], rows: 2 });
        },
        { storage: waiting, jobs: 1, tools: { ...tools, pgDump } },
      );
    });
  });

  it('are counted once: as they come in, or else by query', async () => {
    await withBackup(await database(SCHEMA), async (reader) => {
      const counted = new CountedRows();
      await load(reader, counted);
      const { tables } = reader.index;
      expect(tables.map((table) => counted.of(table))).toEqual(tables.map(({ rows }) => rows));
      await withClient(into.url, async (client) => {
        const verified = (ledger: CountedRows) => verifyRestored(client, reader.index, signal, { counted: ledger });
        const rows = tables.reduce((sum, table) => sum + table.rows, 0);
        expect(await verified(counted)).toMatchObject({ tables: tables.length, rows });
        await client.query('DELETE FROM few');
        // A part that has not been loaded is on no ledger.
        const [part] = tables.filter(({ name }) => name !== 'few');
        const incomplete = new CountedRows();
        if (part !== undefined) incomplete.add(part, part.rows);
        await expect(verified(incomplete)).rejects.toMatchObject({ details: { tables: ['public.few'] } });
        await client.query('DROP TABLE parts CASCADE');
        await expect(verified(counted)).rejects.toMatchObject({ details: { tables: ['public.parts'] } });
      });
    });
  });

  it('are no restore when a part has other rows than the index says', async () => {
    await withBackup(await database(SCHEMA), async (reader) => {
      const { index } = reader;
      const tables = index.tables.map((table) => {
        const [first, second, ...others] = table.parts ?? [];
        if (table.name !== 'parts' || first === undefined || second === undefined) return table;
        return {
          ...table,
          parts: [{ ...first, rows: first.rows + 1 }, { ...second, rows: second.rows - 1 }, ...others],
        };
      });
      const forged: BackupReader = {
        ...reader,
        ...{ keyId: reader.keyId, index: { ...index, tables } },
        readStream: (name, options) => reader.readStream(name, options),
      };
      await expect(load(forged)).rejects.toMatchObject({
        fault: 'integrity_violation',
        details: { tables: ['public.parts'] },
      });
    });
  });

  it('end the load with the error of the row that is refused', async () => {
    await withBackup(await database(SCHEMA), async (reader) => {
      const copied = reader.index.tables.map((table) =>
        table.name === 'few' ? { ...table, columns: ['missing'] } : table,
      );
      const forged: BackupReader = {
        ...reader,
        ...{ keyId: reader.keyId, index: { ...reader.index, tables: copied } },
        readStream: (name, options) => reader.readStream(name, options),
      };
      await expect(load(forged)).rejects.toMatchObject({ code: '42703' });
    });
  });
});
