import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeftoverView } from '../../src/restore/leftovers/leftovers';
import { Tidier } from '../../src/restore/leftovers/tidier';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import type { JsonClient } from '../support/json-client';
import { statementProxy, type StatementProxy } from '../support/statement-proxy';
import { dropDatabasesOf } from './killed-service';

/** A run that waits in its migration command: everything is loaded, nothing is exchanged. */
interface WaitingRun {
  readonly id: number;
  /** Lets the command end, well or not. */
  goOn(how: 'well' | 'badly'): Promise<void>;
}

/** A service that reaches its target by way of a proxy that obstructs statements. */
export interface UndoWorld {
  readonly proxy: StatementProxy;
  readonly service: TestService;
  readonly client: JsonClient;
  readonly backupId: number;
  /** The target, without the proxy. */
  readonly targetUrl: string;
  readonly targetName: string;
  begin(): Promise<WaitingRun>;
  leftovers(): Promise<LeftoverView[]>;
  /** Databases of runs that are on the server. */
  databases(): Promise<string[]>;
  /** Tries what is left of a run until there is nothing. */
  tidied(): Promise<void>;
  /** That the target admits a session and maintenance is off. */
  expectGivenBack(): Promise<void>;
  remove(): Promise<void>;
}

const SUBSCRIPTION = `CREATE SUBSCRIPTION %s CONNECTION 'host=127.0.0.1 port=1 dbname=nowhere' PUBLICATION p
  WITH (connect = false, slot_name = NONE, enabled = false)`;

/** Makes the world: a backup with a subscription and a role that is gone, of a schema that is older than the target's. */
export async function undoWorld(): Promise<UndoWorld> {
  const place = await mkdtemp(join(tmpdir(), 'berkut-undo-'));
  const [held, hold, bad] = ['held', 'hold', 'bad'].map((name) => join(place, name));
  const proxy = await statementProxy(testCluster().adminUrl);
  const target = await testCluster().createDatabase();
  const control = await testCluster().createDatabase();
  const role = `gone_of_${target.name}`;
  const sql = (text: string) => withClient(target.url, (db) => db.query(text));
  await sql(`
    CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp);
    INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, true);
    CREATE TABLE docs (id int PRIMARY KEY); INSERT INTO docs SELECT generate_series(1, 100);
    CREATE ROLE "${role}"; ALTER TABLE docs OWNER TO "${role}"`);
  await sql(SUBSCRIPTION.replace('%s', `of_${target.name}`));
  const service = await startTestService({
    environment: {
      BERKUT_BACKUP_MIGRATE_COMMAND: `touch ${held}; while [ -e ${hold} ]; do sleep 0.05; done; test ! -e ${bad}`,
      BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: '0',
      BERKUT_BACKUP_JOBS: '1',
    },
    beside: { target: { ...target, url: proxy.url(target.url) }, control, storagePath: join(place, 'storage') },
  });
  const { client } = service;
  const backup = await client.backUp();
  expect(backup.status).toBe('success');
  await sql(`ALTER TABLE docs OWNER TO CURRENT_USER; DROP ROLE "${role}"`);
  await sql(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)`);

  const leftovers = async (): Promise<LeftoverView[]> => {
    const { body } = await client.get<{ item: { leftovers: LeftoverView[] } }>('/backups/integrity');
    return body.item.leftovers;
  };
  return {
    proxy,
    service,
    client,
    backupId: backup.id,
    targetUrl: target.url,
    targetName: target.name,
    async begin() {
      for (const file of [hold, bad]) await writeFile(file ?? '', '');
      await rm(held ?? '', { force: true });
      const { status, body } = await client.post(`/backups/${backup.id}/restore`);
      expect(status).toBe(202);
      await eventually(() =>
        access(held ?? '').then(
          () => true,
          () => false,
        ),
      );
      return {
        id: body.restore_id,
        async goOn(how) {
          if (how === 'well') await rm(bad ?? '');
          await rm(hold ?? '');
        },
      };
    },
    leftovers,
    databases: () =>
      withClient(testCluster().adminUrl, async (db) => {
        const { rows } = await db.query<{ datname: string }>(
          `SELECT datname::text FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1`,
          [`${target.name}_`],
        );
        return rows.map(({ datname }) => datname);
      }),
    tidied: () =>
      eventually(async () => {
        const left = await leftovers();
        for (const { run_id: id } of left) await service.app.get(Tidier).tryNow(id);
        return left.length === 0;
      }),
    async expectGivenBack() {
      await withClient(target.url, (db) => db.query('SELECT'));
      expect((await client.get('/backups')).status).toBe(200);
    },
    async remove() {
      proxy.clear();
      await rm(hold ?? '', { force: true });
      await service.stop();
      await withClient(testCluster().adminUrl, (db) =>
        db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE starts_with(datname, '${target.name}')`),
      );
      await dropSubscriptions(target.name);
      await dropDatabasesOf(target.name);
      await withClient(testCluster().adminUrl, (db) => db.query(`DROP ROLE IF EXISTS "${role}"`));
      await control.drop();
      await proxy.remove();
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** Of every database whose name begins so: they keep it from being dropped. */
async function dropSubscriptions(prefix: string): Promise<void> {
  const { rows } = await withClient(testCluster().adminUrl, async (db) => {
    await db.query(
      `UPDATE pg_database SET datallowconn = true, datistemplate = false WHERE starts_with(datname, '${prefix}')`,
    );
    return db.query<{ database: string; name: string }>(
      `SELECT datname::text AS database, subname::text AS name FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
        WHERE starts_with(datname, $1)`,
      [prefix],
    );
  });
  for (const { database, name } of rows) {
    await withClient(testCluster().url(database), (db) => db.query(`DROP SUBSCRIPTION "${name}"`));
  }
}
