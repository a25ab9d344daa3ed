import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { Archive } from '../../src/engine/postgres/archive/archive';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { withConnection } from '../../src/engine/postgres/server/connection';
import { type LeftOut, NOTHING } from '../../src/engine/postgres/load/left-out';
import { replaceContent } from '../../src/engine/postgres/load/replace-content';
import { findTools } from '../../src/engine/postgres/server/tools';
import { verifyViews } from '../../src/engine/postgres/check/verify-views';
import { countViews } from '../../src/engine/postgres/dump/view-counts';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { startTestService } from '../support/app';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { TEST_KEY, testRing } from '../support/containers';
import { withCopy } from '../support/copied-database';
import { runBscc } from '../support/run-bscc';

/** In a database that has the setting `app.tenant`; three rows are of the tenant, and the view `stale` lacks one of them. */
const VIEWS = `
  CREATE TABLE t (i int PRIMARY KEY, tenant text); INSERT INTO t VALUES (1, 'acme'), (2, 'acme'), (3, 'other');
  CREATE MATERIALIZED VIEW stale AS SELECT i FROM t;
  INSERT INTO t VALUES (4, 'acme');
  CREATE MATERIALIZED VIEW filled AS SELECT i FROM t; CREATE UNIQUE INDEX ON filled (i);
  CREATE MATERIALIZED VIEW none AS SELECT i FROM t WHERE i < 0;
  CREATE MATERIALIZED VIEW empty AS SELECT i FROM t WITH NO DATA;
  CREATE MATERIALIZED VIEW of_tenant AS SELECT i FROM t WHERE tenant = current_setting('app.tenant')`;
const COUNTED = [
  { schema: 'public', name: 'empty', is_populated: false },
  { schema: 'public', name: 'filled', is_populated: true, rows: 4 },
  { schema: 'public', name: 'none', is_populated: true, rows: 0 },
  { schema: 'public', name: 'of_tenant', is_populated: true, rows: 3 },
  { schema: 'public', name: 'stale', is_populated: true, rows: 3 },
];
const COMPARED = { views: 5, views_differ: ['public.stale'], views_differ_count: 1 };
const { signal } = new AbortController();

const prepare = async ({ name, url }: TestDatabase): Promise<void> => {
  await withClient(testCluster().adminUrl, (admin) => admin.query(`ALTER DATABASE ${name} SET app.tenant = 'acme'`));
  await withClient(url, (db) => db.query(VIEWS));
};

describe('materialized views', () => {
  let source: TestDatabase;
  beforeEach(async () => {
    source = await testCluster().createDatabase();
    await prepare(source);
  });
  afterEach(() => source.drop());

  const make = (sql: string) => withClient(source.url, (db) => db.query(sql));
  const compare = (url: string, reader: BackupReader, leftOut: LeftOut = NOTHING) =>
    withConnection(parseDatabaseUrl(url), (client) =>
      verifyViews({ client, archive: new Archive(reader, signal), leftOut, signal }),
    );

  it('are counted as they are stored, and an error after the load when only one side has rows', async () => {
    await withCopy(source.url, async ({ url, reader }) => {
      expect(reader.index.views).toEqual(COUNTED);
      expect(await compare(url, reader)).toEqual(COMPARED);
      const after = async (sql: string) => {
        await withClient(url, (db) => db.query(sql));
        return compare(url, reader);
      };
      const wrong = (...views: string[]) => ({
        fault: 'integrity_violation',
        details: { views, view_count: views.length },
      });
      await expect(after('REFRESH MATERIALIZED VIEW filled WITH NO DATA')).rejects.toMatchObject(
        wrong('public.filled'),
      );
      await expect(after('REFRESH MATERIALIZED VIEW empty')).rejects.toMatchObject(
        wrong('public.empty', 'public.filled'),
      );
      await expect(after('DROP MATERIALIZED VIEW none')).rejects.toMatchObject(
        wrong('public.empty', 'public.filled', 'public.none'),
      );
    });
  });

  it('are compared in the transaction of a restore in place', async () => {
    await withCopy(source.url, async ({ reader }) => {
      const tools = await findTools({ serverVersionNum: 130_000 });
      await withConnection(parseDatabaseUrl(source.url), async (client) => {
        await client.query('BEGIN');
        const ignore = (): void => undefined;
        const archive = new Archive(reader, signal);
        const load = { client, archive, tools, missingRoles: [], signal, onBytes: ignore, onPostData: ignore };
        const { leftOut } = await replaceContent({ ...load, ownership: 'keep' });
        expect(await verifyViews({ client, archive, leftOut, signal })).toEqual(COMPARED);
        await client.query('COMMIT');
      });
    });
  });

  it('that read a view without rows are named, since pg_dump does not fill them', async () => {
    await make(`
      CREATE MATERIALIZED VIEW below AS SELECT 1 AS x; CREATE MATERIALIZED VIEW above AS SELECT x FROM below;
      REFRESH MATERIALIZED VIEW below WITH NO DATA`);
    await withCopy(source.url, async ({ url, reader }) => {
      expect(await compare(url, reader)).toMatchObject({
        views_not_populated: ['public.above'],
        views_not_populated_count: 1,
      });
    });
  });

  it('that were refused are not missed where that is allowed', async () => {
    await make(`
      CREATE TABLE u (x int); INSERT INTO u VALUES (1); CREATE MATERIALIZED VIEW refused AS SELECT 1 / x AS y FROM u;
      UPDATE u SET x = 0`);
    await withCopy(
      source.url,
      async ({ url, reader, result }) => {
        expect(result.incomplete).toEqual([expect.stringContaining('refused')]);
        expect(await compare(url, reader, result)).toEqual({ ...COMPARED, views: 6 });
      },
      { order: { allowsIncomplete: true } },
    );
  });

  it('that may not be read, or that a REFRESH holds, have no count and end nothing', async () => {
    const role = `counting_${randomBytes(4).toString('hex')}`;
    await withClient(testCluster().adminUrl, (admin) => admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`));
    try {
      await make(`GRANT SELECT ON none, of_tenant TO ${role}`);
      await withClient(source.url, async (holder) => {
        await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
        const { rows } = await holder.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
        const counts = await withClient(source.url, async (refreshing) => {
          await refreshing.query('BEGIN; REFRESH MATERIALIZED VIEW of_tenant');
          return withClient(testCluster().url(source.name, role, 'x'), (client) =>
            countViews(client, rows[0]?.id ?? '', signal),
          );
        });
        const counted = COUNTED.map(({ rows: _, ...view }) => (view.name === 'none' ? { ...view, rows: 0 } : view));
        expect(counts).toEqual(counted);
      });
    } finally {
      await make(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

it('a restore and a rehearsal say how views differ; bscc restore names them, and subscriptions without a slot', async () => {
  const service = await startTestService();
  const copy = `views_${randomBytes(4).toString('hex')}`;
  try {
    await prepare(service.target);
    await withClient(service.target.url, (db) => db.query('CREATE TABLE tasks (id int PRIMARY KEY)'));
    await withClient(service.target.url, (db) =>
      db.query(
        `CREATE SUBSCRIPTION ${copy} CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
      ),
    );
    const backup = await service.client.backUp();
    const path = join(service.storagePath, backup.filename ?? '');
    const runs = [await service.client.restore(backup.id, { mode: 'rehearse' }, 'restore/dry-run')];
    runs.push(await service.client.restore(backup.id));
    for (const { steps } of runs) {
      expect(steps.find(({ name }) => name === 'verify_restored_data')?.details).toMatchObject(COMPARED);
      expect(steps.find(({ name }) => name === 'restore_database')?.details).toMatchObject({ subscriptions: [copy] });
    }
    const { stdout } = await runBscc(['--json', 'restore', path, '--to', testCluster().url(copy)], {
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      ...COMPARED,
      notes: [expect.stringContaining('public.stale'), expect.stringContaining(copy)],
    });

    const scoped = await service.client.backUp({ scope: ['tasks'] });
    const file = await new LocalStorage(service.storagePath).open(scoped.filename ?? '');
    expect((await openContainer(file, testRing).finally(() => file.close())).index.views).toBeUndefined();
  } finally {
    for (const database of [copy, service.target.name]) await forget(database, copy);
    await service.stop();
  }
});

/** A database with a subscription cannot be dropped. */
async function forget(database: string, subscription: string): Promise<void> {
  await withClient(testCluster().url(database), (db) => db.query(`DROP SUBSCRIPTION IF EXISTS ${subscription}`)).catch(
    () => undefined,
  );
  if (database !== subscription) return;
  await withClient(testCluster().adminUrl, (admin) =>
    admin.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`),
  );
}
