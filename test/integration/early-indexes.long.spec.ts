import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { RowSessions } from '../../src/engine/backup/row-sessions';
import { DataLoad } from '../../src/engine/backup/load-data';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { Archive } from '../../src/engine/postgres/archive/archive';
import { loadPasses } from '../../src/engine/postgres/load/load-schema';
import { loadSection } from '../../src/engine/postgres/load/pg-restore';
import { findTools } from '../../src/engine/postgres/server/tools';
import { loadBackup } from '../../src/engine/backup/read-backup';
import type { LoadOrder } from '../../src/engine/backup/load-order';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import type { StoredFile } from '../../src/engine/storage/storage';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { withArchivedRows } from '../support/archived-rows';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { testKey, testRing } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';

const SCHEMA = `
  CREATE TABLE a (id int PRIMARY KEY, v text, "odd, (name" int);
  CREATE UNIQUE INDEX a_v ON a (v) INCLUDE (id) WHERE id > 0;
  CREATE INDEX a_lower ON a (lower(v) text_pattern_ops DESC);
  CREATE INDEX "odd (name" ON a ("odd, (name");
  CREATE INDEX a_gin ON a USING gin (to_tsvector('simple', v)); CREATE INDEX ab ON a (v); CREATE INDEX "ab cd" ON a (v, id);
  ALTER TABLE a CLUSTER ON a_pkey, ADD EXCLUDE USING btree (id WITH =), REPLICA IDENTITY USING INDEX a_pkey;
  CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, v text);
  -- Not what it says that it is: a table must not be looked at.
  CREATE FUNCTION of_b(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
    AS $$ BEGIN RETURN (SELECT 1 / count(*) FROM public.b); END $$;
  CREATE FUNCTION plus_b(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT public.of_b($1) + $2';
  CREATE OPERATOR #+# (FUNCTION = plus_b, LEFTARG = int, RIGHTARG = int);
  CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (500);
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (500) TO (5000);
  CREATE INDEX parts_v ON parts (v);
  INSERT INTO a SELECT n, 'v' || n, n FROM generate_series(1, 1000) n;
  INSERT INTO b SELECT n, n, repeat('x', 2000) FROM generate_series(1, 1000) n;
  INSERT INTO parts SELECT n, 'v' || n FROM generate_series(1, 1000) n;
  CREATE INDEX a_function ON a (of_b(id)); CREATE INDEX a_operator ON a ((id #+# 1));
  CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM a; CREATE UNIQUE INDEX m_n ON m (n);
  COMMENT ON INDEX a_v IS 'by value'; ALTER INDEX a_lower ALTER COLUMN 1 SET STATISTICS 500;`;

describe('indexes that are begun before all rows are in', () => {
  let directory: string;
  let source: TestDatabase;
  let copy: TestDatabase;
  let file: StoredFile | undefined;
  let order: LoadOrder;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-early-'));
    const storage = new LocalStorage(directory);
    source = await testCluster().createDatabase();
    await withClient(source.url, (client) => client.query(SCHEMA));
    const tools = await findTools({ serverVersionNum: 130_000 });
    const { signal } = new AbortController();
    const target = parseDatabaseUrl(source.url);
    const onProgress = (): void => undefined;
    await writeBackup({
      ...{ target, tools, storage, signal, onProgress },
      ...{ name: 'one.bscc', key: testKey(), jobs: 3, compressionLevel: 1, scope: ['ALL'], createdAt: new Date() },
      ...{ app: { name: 'test', version: '0' }, entities: [] },
    });
    const stored = (file = await storage.open('one.bscc'));
    const reader = await openContainer(stored, testRing);
    const archive = new Archive(reader, signal);
    order = { archive, address: target, tools, ownership: 'keep', jobs: 2, signal, onProgress, largeTableBytes: 0 };
  });
  beforeEach(async () => {
    copy = await testCluster().createDatabase();
    order = { ...order, address: parseDatabaseUrl(copy.url) };
  });
  afterEach(() => copy.drop());
  afterAll(async () => {
    await file?.close();
    await source.drop();
    await rm(directory, { recursive: true });
  });

  const buildsOf = async ({ archive }: LoadOrder) => (await archive.contents()).builds;
  const loadRows = async (changed: LoadOrder): Promise<ReadonlySet<number>> =>
    new DataLoad(
      changed,
      new RowSessions(changed),
      changed.archive.reader.index.streams.filter(({ kind }) => kind === 'rows'),
      await buildsOf(changed),
      new Map(),
      (table) => table,
      [],
      { onBytes: () => undefined, tables: undefined },
    ).run();
  const build = async (changes: Partial<LoadOrder> = {}): Promise<string[]> => {
    const changed = { ...order, ...changes };
    const { reader } = changed.archive;
    await loadSection(changed, 'pre-data', reader.readStream('schema'));
    const built = await loadRows(changed);
    const { rows } = await withClient(copy.url, (client) =>
      client.query<{ name: string }>(
        `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = ANY ('{a,b,parts,parts_1,parts_2}'::regclass[])`,
      ),
    );
    // The comment on one of them comes with it.
    expect(built.size).toBe(rows.length === 0 ? 0 : rows.length + 1);
    return rows.map(({ name }) => name).sort();
  };

  it('are those of tables with rows that look at nothing else', async () => {
    expect(await build()).toEqual(
      [
        ...['a_pkey', 'a_v', 'a_lower', 'a_gin', 'ab', '"ab cd"', 'a_id_excl', 'b_pkey'],
        ...['parts_1_pkey', 'parts_1_v_idx', 'parts_2_pkey', 'parts_2_v_idx', '"odd (name"'],
      ].sort(),
    );
  });

  it('are none when tables are small, or one connection has to do', async () => {
    expect(await build({ largeTableBytes: 1_000_000_000 })).toEqual([]);
  });

  it('are none when one connection has to do', async () => {
    expect(await build({ jobs: 1 })).toEqual([]);
  });

  it('come out the same as those that are built at the end', async () => {
    await loadBackup(order);
    expect(await dumpOf(copy.url)).toEqual(await dumpOf(source.url));
  });

  /** Loads archives with table a, which has the slow index, locked until `isEnough`; b, the largest, is in another archive. */
  const loadWhileHeld = async (streamSize: number | undefined, isEnough: () => Promise<boolean>): Promise<void> => {
    const archived = await withArchivedRows(order.archive.reader, source.url, { apart: ['public.a', 'public.b'] });
    const old = { ...order, archive: new Archive(archived, order.signal) };
    await loadSection(old, 'pre-data', archived.readStream('schema'));
    const streams = archived.index.streams
      .filter(({ kind }) => kind === 'data')
      .map((stream) => ({ ...stream, plain_size: streamSize ?? stream.plain_size }));
    const load = new DataLoad(
      old,
      new RowSessions(old),
      streams,
      await buildsOf(old),
      new Map(),
      (table) => table,
      [],
      { onBytes: () => undefined, tables: undefined },
    );
    await withClient(copy.url, async (holder) => {
      await holder.query('BEGIN; LOCK TABLE a IN SHARE MODE');
      const running = load.run();
      try {
        await eventually(isEnough);
      } finally {
        await holder.query('ROLLBACK');
      }
      expect((await running).size).toBeGreaterThan(0);
    });
  };
  const isWaiting = async (): Promise<boolean> => {
    const { rows } = await withClient(testCluster().adminUrl, (db) =>
      db.query(
        `SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND query LIKE 'COPY public.a %'`,
        [copy.name],
      ),
    );
    return rows.length === 1;
  };

  it('give the stream with the slow one a head start', async () => {
    await loadWhileHeld(undefined, isWaiting);
    const { rows } = await withClient(copy.url, (db) =>
      db.query(
        `SELECT (SELECT min(xmin::text::int) FROM a) < (SELECT min(xmin::text::int) FROM b) AS is_before,
                (SELECT count(*)::int FROM a) AS a, (SELECT count(*)::int FROM b) AS b, (SELECT count(*)::int FROM parts) AS parts`,
      ),
    );
    expect(rows).toEqual([{ is_before: true, a: 1000, b: 1000, parts: 1000 }]);
  });

  it('keep no other work waiting when their table is a small part of its stream', () =>
    loadWhileHeld(1_000_000_000, async () => {
      const { rows } = await withClient(copy.url, (db) =>
        db.query<{ count: number }>('SELECT count(*)::int AS count FROM b'),
      );
      return rows[0]?.count === 1000 && (await isWaiting());
    }));

  /** With which memory indexes of a have been built. */
  const memoryOf = async (cache: string, changes: Partial<LoadOrder> = {}): Promise<Record<string, string>> => {
    const changed = { ...order, ...changes };
    const { reader } = changed.archive;
    await loadSection(changed, 'pre-data', reader.readStream('schema'));
    await withClient(copy.url, (db) =>
      db.query(`
        CREATE TABLE memory (index text, setting text);
        CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO public.memory SELECT object_identity, current_setting('maintenance_work_mem') FROM pg_event_trigger_ddl_commands()
           WHERE object_type = 'index';
        END $$;
        CREATE EVENT TRIGGER note ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION note();
        ALTER DATABASE ${copy.name} SET maintenance_work_mem = '64MB';
        ALTER DATABASE ${copy.name} SET effective_cache_size = '${cache}'`),
    );
    await loadRows(changed);
    const { rows } = await withClient(copy.url, (db) => db.query<{ index: string; setting: string }>('TABLE memory'));
    return Object.fromEntries(rows.map(({ index, setting }) => [index, setting]));
  };

  it('have little memory when they are GIN and fit into the cache', async () => {
    const { rows } = await withClient(copy.url, (db) =>
      db.query<{ shares: boolean }>(`SELECT current_setting('server_version_num')::int >= 180000 AS shares`),
    );
    const gin = rows[0]?.shares === true ? '64MB' : '32MB';
    expect(await memoryOf('4GB')).toMatchObject({ 'public.a_gin': gin, 'public.a_v': '64MB' });
  });

  it('have what the server gives when they are GIN and do not fit into the cache', async () => {
    expect(await memoryOf('8kB')).toMatchObject({ 'public.a_gin': '64MB', 'public.a_v': '64MB' });
  });

  it('are built all the same where no session may have settings of its own', async () => {
    const { host, port } = order.address.places[0];
    const refused = Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter: options\0\0');
    const head = Buffer.alloc(5);
    head.write('E');
    head.writeInt32BE(4 + refused.length, 1);
    let refusals = 0;
    // As a connection pooler does.
    const proxy = createServer((client) => {
      const server = createConnection({ host, port });
      for (const socket of [client, server]) socket.on('error', () => socket.destroy());
      server.pipe(client);
      client.on('data', (bytes) => {
        if (!bytes.includes('\0options\0')) return void server.write(bytes);
        refusals += 1;
        server.destroy();
        client.end(Buffer.concat([head, refused]));
      });
      client.on('close', () => server.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const address = {
        ...order.address,
        places: [{ host: '127.0.0.1', port: (proxy.address() as AddressInfo).port }] as const,
      };
      expect(await memoryOf('4GB', { address })).toMatchObject({ 'public.a_gin': '64MB', 'public.a_v': '64MB' });
      const { rows } = await withClient(copy.url, (db) =>
        db.query<{ shares: boolean }>(`SELECT current_setting('server_version_num')::int >= 180000 AS shares`),
      );
      expect(refusals).toBe(rows[0]?.shares === true ? 0 : 1);
    } finally {
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  /** Index builds on table a that wait for a lock. */
  const waiting = async (): Promise<number[]> => {
    const { rows } = await withClient(testCluster().adminUrl, (db) =>
      db.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND query LIKE 'CREATE%INDEX%'`,
        [copy.name],
      ),
    );
    return rows.map(({ pid }) => pid);
  };
  /** Loads with the rows of table a let in and its indexes kept waiting. */
  const whileHeld = async (
    work: (loading: Promise<unknown>, release: () => Promise<unknown>) => Promise<void>,
    changes: Partial<LoadOrder> = {},
  ): Promise<void> => {
    const { reader } = order.archive;
    // Only a table that is whole is emptied first, to be frozen. That would wait, too.
    const tables = reader.index.tables.map((table) =>
      table.name === 'a' ? { ...table, rows: table.rows + 1 } : table,
    );
    const notWhole: BackupReader = {
      ...reader,
      ...{ keyId: reader.keyId, index: { ...reader.index, tables } },
      readStream: (name, options) => reader.readStream(name, options),
    };
    const changed = { ...order, archive: new Archive(notWhole, order.signal), ...changes };
    await loadSection({ ...changed, signal: order.signal }, 'pre-data', reader.readStream('schema'));
    await withClient(copy.url, async (holder) => {
      await holder.query('BEGIN; LOCK TABLE a IN ROW EXCLUSIVE MODE');
      const streams = reader.index.streams.filter(({ kind }) => kind === 'rows');
      const builds = await buildsOf({ ...changed, signal: order.signal });
      const load = new DataLoad(changed, new RowSessions(changed), streams, builds, new Map(), (table) => table, [], {
        onBytes: () => undefined,
        tables: undefined,
      });
      await work(load.run(), () => holder.query('ROLLBACK'));
    });
  };

  it('are left to the end when they did not work', () =>
    whileHeld(async (loading, release) => {
      await eventually(async () => (await waiting()).length > 0);
      const [pid] = await waiting();
      await withClient(testCluster().adminUrl, (db) => db.query('SELECT pg_terminate_backend($1)', [pid]));
      await eventually(async () => !(await waiting()).includes(pid ?? 0));
      await release();
      const built = (await loading) as ReadonlySet<number>;
      const all = (await buildsOf(order)).filter(({ isIndependent }) => isIndependent);
      expect(built.size).toBeGreaterThan(0);
      expect(built.size).toBeLessThan(all.length);
      const { passes } = await order.archive.contents();
      const rest = {
        target: order,
        passes,
        jobs: 2,
        allowsIncomplete: false,
        isWanted: (id: number) => !built.has(id),
      };
      await loadPasses({ ...rest, parts: ['post-data'] });
      await loadPasses({ ...rest, parts: ['views'] });
      expect(await dumpOf(copy.url)).toEqual(await dumpOf(source.url));
    }));

  it('are given up at once when the load is', async () => {
    const abort = new AbortController();
    await whileHeld(
      async (loading) => {
        await eventually(async () => (await waiting()).length > 0);
        abort.abort(new Error('enough'));
        await expect(loading).rejects.toThrow('enough');
      },
      { signal: abort.signal },
    );
    // The programs are gone; their sessions notice soon.
    await copy.drop();
  });
});
