import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive } from '../../src/engine/postgres/archive/archive';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { parseOperatorKey } from '../../src/engine/container/keys/operator-key';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { verifyContainer } from '../../src/engine/container/read/verify-container';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { findTools } from '../../src/engine/postgres/server/tools';
import { verifyRestored } from '../../src/engine/postgres/check/verify-restored';
import { ArchiveCheck } from '../../src/engine/backup/check-archives';
import type { LoadOrder } from '../../src/engine/backup/load-order';
import type { TablesProgress } from '../../src/engine/postgres/rows/tables-under-way';
import { loadBackup } from '../../src/engine/backup/read-backup';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { writeBackup, type BackupOrder } from '../../src/engine/backup/write-backup';
import { isLong, itLong } from '../support/form';
import { testCluster, type TestDatabase, throwawayCluster, withClient } from '../support/cluster';
import { inPublic } from '../support/in-public';
import { testKey, testRing } from '../support/containers';
import { testLoadRole } from '../support/copied-database';
import { dumpOf } from '../support/dump-of';
import { FOREIGN_PARTITION } from '../support/foreign-partition';
import { eventually } from '../support/eventually';

describe('a backup of a real database', () => {
  const cluster = testCluster();
  const signal = new AbortController().signal;
  let directory: string;
  let storage: LocalStorage;
  const made: TestDatabase[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-roundtrip-'));
    storage = new LocalStorage(directory);
  });
  afterEach(async () => {
    for (const database of made.splice(0)) await database.drop();
    await rm(directory, { recursive: true });
  });

  const database = async (options?: { demo?: boolean }): Promise<TestDatabase> => {
    const created = await cluster.createDatabase(undefined, options);
    made.push(created);
    return created;
  };
  const tools = () => findTools({ serverVersionNum: 130_000 });
  const orderOf = async (url: string): Promise<BackupOrder> => ({
    target: parseDatabaseUrl(url),
    tools: await tools(),
    storage,
    name: 'one.bscc',
    key: testKey(),
    jobs: 3,
    compressionLevel: 1,
    scope: ['ALL'],
    createdAt: new Date(),
    app: { name: 'test', version: '0' },
    entities: [{ key: 'tasks.boards', table: 'task_boards', activeColumn: 'is_active' }],
    signal,
    onProgress: () => undefined,
  });
  const backUp = async (source: TestDatabase, order: Partial<BackupOrder> = {}) =>
    writeBackup({ ...(await orderOf(source.url)), ...order });
  const load = async (
    into: TestDatabase,
    onProgress: LoadOrder['onProgress'] = () => undefined,
    order: Partial<LoadOrder> = {},
  ): Promise<void> => {
    const file = await storage.open('one.bscc');
    try {
      const reader = await openContainer(file, testRing);
      const archives = new ArchiveCheck(tools, signal);
      await verifyContainer(file, testRing, { readerOf: archives.readerOf });
      await archives.finish(reader, () => undefined);
      await loadBackup({
        archive: new Archive(reader, signal),
        address: parseDatabaseUrl(into.url),
        tools: await tools(),
        ownership: 'keep',
        jobs: 2,
        signal,
        onProgress,
        ...order,
      });
      await withClient(into.url, (client) => verifyRestored(client, reader.index, signal));
    } finally {
      await file.close();
    }
  };

  itLong('fits into the lock table of a server that has little room for many tables', async () => {
    const tight = await throwawayCluster({ max_locks_per_transaction: '10', max_connections: '20' });
    try {
      const url = tight.url('postgres');
      await withClient(url, async (client) => {
        for (let from = 0; from < 180; from += 30) {
          await client.query(`DO $$ BEGIN FOR i IN ${from}..${from + 29} LOOP
            EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY); INSERT INTO t%s VALUES (%s)', i, i, i); END LOOP; END $$`);
        }
      });
      const { index } = await writeBackup({ ...(await orderOf(url)), jobs: 4 });
      expect(index.tables.reduce((sum, { rows }) => sum + rows, 0)).toBe(180);
    } finally {
      await tight.stop();
    }
  });

  it.each(isLong ? [1, 3] : [3])(
    'loads into one whose dump is the same, byte for byte, with %i connections',
    async (jobs) => {
      const [source, copy] = [await database({ demo: true }), await database()];
      const [copying, loading] = [new ToldTables(), new ToldTables()];
      const { index, sha256, sizeBytes } = await backUp(source, { jobs, onProgress: copying.listen });
      const [schema, largeObjects, ...rows] = index.streams;
      expect([schema?.name, largeObjects?.name]).toEqual(['schema', 'data/0']);
      expect(rows.length).toBeLessThanOrEqual(jobs);
      expect(rows.map(({ name }) => name)).toEqual(rows.map((_, i) => `rows/${i}`));
      const file = await storage.open('one.bscc');
      expect((await verifyContainer(file, testRing)).sha256).toBe(sha256);
      expect(file.sizeBytes).toBe(sizeBytes);
      await file.close();
      await load(copy, loading.listen);
      expect(await dumpOf(copy.url)).toEqual(await dumpOf(source.url));
      for (const told of [copying, loading]) {
        expect([...told.names]).toContain('public.tasks');
        expect(told.atTheEnd()).toEqual({ done: index.tables.length, total: index.tables.length, current: [] });
      }
    },
  );

  it('keeps names that SQL, patterns and programs find hard', async () => {
    const [source, copy] = [await database(), await database()];
    await withClient(source.url, (client) =>
      client.query(`
        CREATE SCHEMA "odd ""schema""; DROP"; CREATE SCHEMA "a.b";
        CREATE TABLE "odd ""schema""; DROP"."t*a|b(c)$1?" (id int GENERATED ALWAYS AS IDENTITY, "select" text);
        CREATE TABLE "a.b"."c.d" (id serial, v text); CREATE TABLE public."Таблиця 'x'" (id bigserial, v text);
        CREATE TABLE "a.b".${'"' + 'n'.repeat(63) + '"'} (id int); CREATE TABLE "a.b".none ();
        CREATE UNLOGGED TABLE unlogged (id int); INSERT INTO unlogged VALUES (1);
        CREATE SEQUENCE lonely START 7; SELECT nextval('lonely'); CREATE TABLE uses (id int DEFAULT nextval('lonely'));
        INSERT INTO "odd ""schema""; DROP"."t*a|b(c)$1?" ("select") SELECT 'x' || n FROM generate_series(1, 1000) n;
        INSERT INTO "a.b"."c.d" (v) SELECT repeat('y', 900) FROM generate_series(1, 1000) n;
        INSERT INTO public."Таблиця 'x'" (v) SELECT E'line\\n\\\\.\\t' FROM generate_series(1, 500) n;
        INSERT INTO uses SELECT FROM generate_series(1, 500);
        SELECT lo_from_bytea(4711, 'large');`),
    );
    const { index } = await backUp(source, { jobs: 4 });
    expect(index.streams.filter(({ kind }) => kind === 'data')).toHaveLength(1);
    await load(copy);
    expect(await dumpOf(copy.url)).toEqual(await dumpOf(source.url));
  });

  it('counts rows and entities at the moment of the snapshot', async () => {
    const source = await database({ demo: true });
    const { index } = await backUp(source);
    const boards = await withClient(source.url, (client) =>
      client.query('SELECT count(*)::int AS n FROM task_boards WHERE is_active'),
    );
    expect(index.entity_counts).toEqual({ 'tasks.boards': (boards.rows[0] as { n: number }).n });
    const tasks = await withClient(source.url, (client) => client.query('SELECT count(*)::int AS n FROM tasks'));
    expect(index.tables.find(({ name }) => name === 'tasks')?.rows).toBe((tasks.rows[0] as { n: number }).n);
    expect(index.not_included).toContain('roles and their passwords');
  });

  // A snapshot does not see the rows that are put into a table after it was emptied.
  it.each([
    'TRUNCATE a',
    'ALTER TABLE a ALTER COLUMN x TYPE bigint',
    'ALTER TABLE a RENAME TO b; CREATE TABLE a (x int)',
  ])('has all rows although another session does %s while it begins', async (statement) => {
    const source = await database();
    await withClient(source.url, async (other) => {
      await other.query('CREATE TABLE a AS SELECT i AS x FROM generate_series(1, 10) AS i');
      await other.query(`BEGIN; ${statement}; INSERT INTO a SELECT generate_series(11, 30)`);
      const written = backUp(source);
      try {
        await eventually(async () => {
          const waiting = await other.query(
            `SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          );
          return waiting.rowCount === 1;
        });
      } finally {
        await other.query('COMMIT');
      }
      const { rows } = await other.query<{ n: number }>('SELECT count(*)::int AS n FROM a');
      expect((await written).index.tables.find(({ name }) => name === 'a')?.rows).toBe(rows[0]?.n);
    });
  });

  it.each(['integer', 'smallint', 'bigint'])(
    'counts only active entities where is_active is an %s, as SCC has it',
    async (type) => {
      const source = await database();
      await withClient(source.url, async (client) => {
        await client.query(`CREATE TABLE task_boards (id int PRIMARY KEY, is_active ${type} NOT NULL DEFAULT 1)`);
        await client.query('INSERT INTO task_boards SELECT i, i % 2 FROM generate_series(1, 7) AS i');
      });
      expect((await backUp(source)).index.entity_counts).toEqual({ 'tasks.boards': 4 });
    },
  );

  itLong('counts the entities of a partitioned table that are in the database itself', async () => {
    const source = await database();
    await withClient(source.url, (client) =>
      client.query(`${FOREIGN_PARTITION}; ALTER TABLE far RENAME TO task_boards`),
    );
    expect((await backUp(source)).index.entity_counts).toEqual({ 'tasks.boards': 3 });
  });

  it('is told from a loaded database that lost a row or a table', async () => {
    const [source, copy] = [await database({ demo: true }), await database()];
    const { index } = await backUp(source);
    await load(copy);
    await withClient(copy.url, async (client) => {
      await client.query(
        'DELETE FROM task_comments WHERE id = (SELECT min(id) FROM task_comments); DROP TABLE sessions',
      );
      await expect(verifyRestored(client, index, signal)).rejects.toMatchObject({
        fault: 'integrity_violation',
        details: { tables: ['public.sessions', 'public.task_comments'], table_count: 2 },
      });
    });
  });

  it('of some scopes holds their rows and sequences, and the whole schema', async () => {
    const [source, copy] = [await database({ demo: true }), await database()];
    const { index } = await backUp(source, {
      scope: ['monitoring'],
      scopeTables: inPublic('monitors', 'monitor_metrics', 'never_made'),
    });
    expect(index.missing_tables).toEqual(['never_made']);
    const names = index.tables.map(({ name }) => name);
    expect(names).toContain('monitors');
    expect(names).toContain('monitor_metrics_2025_11_up');
    expect(names).not.toContain('tasks');
    expect(index.not_included).toContain('large objects');
    expect(copy.name).not.toBe(source.name);
  });

  it('is not published when a connection that copies ends half-way, and nothing of it stays', async () => {
    const source = await database({ demo: true });
    const half = backUp(source, {
      onProgress: ({ phase, bytesDone }) => {
        if (phase === 'dump' && bytesDone > 100_000) void endCopies(source);
      },
    });
    await expect(half).rejects.toThrow(/terminating connection|connection was lost|ECONNRESET/);
    expect(await storage.list()).toEqual([]);
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
    await expect(backUp(source)).resolves.toMatchObject({ index: { format: 2 } });
  });

  const expectNoSession = async ({ name }: TestDatabase): Promise<void> =>
    withClient(cluster.adminUrl, (client) =>
      eventually(
        async () => (await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name])).rowCount === 0,
      ),
    );

  it.each(isLong ? (['snapshot', 'dump', 'finish'] as const) : (['dump'] as const))(
    'is not published when it is canceled in the phase %s, and nothing of it stays',
    async (at) => {
      const source = await database({ demo: true });
      const canceling = new AbortController();
      const canceled = backUp(source, {
        signal: canceling.signal,
        onProgress: ({ phase }) => {
          if (phase === at) canceling.abort(new Error('canceled'));
        },
      });
      await expect(canceled).rejects.toThrow('canceled');
      expect(await storage.list()).toEqual([]);
      expect(await storage.removeLeftovers(() => false)).toEqual([]);
      await expectNoSession(source);
    },
  );

  it.each(isLong ? (['pre-data', 'data', 'post-data'] as const) : (['data'] as const))(
    'leaves no session and no role when its loading is canceled in the phase %s',
    async (at) => {
      const [source, copy] = [await database({ demo: true }), await database()];
      await backUp(source);
      const canceling = new AbortController();
      const loadRole = testLoadRole();
      const canceled = load(
        copy,
        ({ phase }) => {
          if (phase === at) canceling.abort(new Error('canceled'));
        },
        { signal: canceling.signal, loadRole },
      );
      await expect(canceled).rejects.toThrow('canceled');
      await expectNoSession(copy);
      await withClient(cluster.adminUrl, async (client) =>
        expect((await client.query('SELECT FROM pg_roles WHERE rolname = $1', [loadRole.name])).rowCount).toBe(0),
      );
    },
  );

  // A killed pg_dump is in the tests of faults.
  const endCopies = async (source: TestDatabase): Promise<void> => {
    await withClient(cluster.adminUrl, (client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'COPY %'`,
        [source.name],
      ),
    );
  };

  it('can be stopped while it waits for a table that another session has locked', async () => {
    const source = await database({ demo: true });
    const aborting = new AbortController();
    await withClient(source.url, async (blocker) => {
      await blocker.query('BEGIN; LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE');
      const waiting = backUp(source, { signal: aborting.signal });
      const refused = expect(waiting).rejects.toThrow('enough');
      await eventually(async () => {
        const blocked = await blocker.query(
          `SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        );
        return blocked.rowCount === 1;
      });
      aborting.abort(new Error('enough'));
      await refused;
    });
  });
});

describe('a container that another program wrote', () => {
  it('loads, and has the rows that its manifest counts', async () => {
    const ring = new KeyRing(parseOperatorKey('7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317'));
    const reader = await openContainer(bufferSource(readFileSync(join(__dirname, '../vectors/golden.bscc'))), ring);
    const copy = await testCluster().createDatabase();
    const signal = new AbortController().signal;
    try {
      await loadBackup({
        archive: new Archive(reader, signal),
        address: parseDatabaseUrl(copy.url),
        tools: await findTools({ serverVersionNum: reader.index.database.server_version_num }),
        ownership: 'leave out',
        jobs: 2,
        signal,
        onProgress: () => undefined,
      });
      const compared = await withClient(copy.url, (client) => verifyRestored(client, reader.index, signal));
      expect(compared).toEqual({ tables: 8, rows: 42_030 });
    } finally {
      await copy.drop();
    }
  });
});

/** What is told of tables while their rows are copied. */
class ToldTables {
  readonly names = new Set<string>();
  atTheEnd: () => TablesProgress | undefined = () => undefined;

  readonly listen = ({ tables }: { tables?: (() => TablesProgress) | undefined }): void => {
    if (tables === undefined) return;
    this.atTheEnd = tables;
    for (const { table } of tables().current) this.names.add(table);
  };
}
