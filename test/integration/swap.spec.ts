import type { Client } from 'pg';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { liftFence, raiseFence } from '../../src/engine/postgres/database/fence';
import { databaseOids } from '../../src/engine/postgres/database/staging';
import { swapDatabases } from '../../src/engine/postgres/database/swap';
import type { Cluster } from '../../src/embedded/cluster';
import { throwawayCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import type { AppConfig } from '../../src/kernel/config/config';
import type { TargetService } from '../../src/kernel/target/target.service';
import type { SwapJournal } from '../../src/restore/record/journal';
import { UnchangedTarget } from '../../src/restore/parts/unchanged-target';
import { nameDatabase } from '../../src/engine/postgres/database/name-database';

const NAMES = { target: 'scc', incoming: 'scc_restore_1', isIncomingKept: false, kept: 'scc_before_1' };
const { signal } = new AbortController();

describe('the exchange of two databases', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    // Autovacuum comes at once, and takes for ever: a page a tenth of a second.
    cluster = await throwawayCluster({
      ...{ autovacuum_naptime: '1s', autovacuum_vacuum_cost_delay: '100ms', autovacuum_vacuum_cost_limit: '1' },
      ...{ autovacuum_vacuum_threshold: '0', autovacuum_vacuum_scale_factor: '0', autovacuum_max_workers: '6' },
      max_prepared_transactions: '2',
    });
  });
  afterAll(() => cluster.stop());

  const asAdmin = <T>(work: (admin: Client) => Promise<T>): Promise<T> => withClient(cluster.adminUrl, work);
  const server = () => parseDatabaseUrl(cluster.adminUrl);
  let oids: Map<string, string>;
  beforeEach(() =>
    asAdmin(async (admin) => {
      for (const name of [NAMES.target, NAMES.incoming]) await admin.query(`CREATE DATABASE ${name}`);
      oids = await databaseOids(admin, [NAMES.target, NAMES.incoming]);
    }),
  );
  afterEach(() =>
    asAdmin(async (admin) => {
      for (const name of [NAMES.target, NAMES.incoming, NAMES.kept]) {
        await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }
    }),
  );

  /** Resolves when another session waits for this one. */
  const blocking = (pid: number | undefined): Promise<void> =>
    eventually(() =>
      asAdmin(async (admin) => {
        const waiting = 'SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
        return ((await admin.query(waiting, [pid])).rowCount ?? 0) > 0;
      }),
    );

  const expectExchanged = async (admin: Client): Promise<void> => {
    expect(await databaseOids(admin, Object.values(NAMES).map(String))).toEqual(
      new Map([
        [NAMES.target, oids.get(NAMES.incoming)],
        [NAMES.kept, oids.get(NAMES.target)],
      ]),
    );
    await withClient(cluster.url(NAMES.target), (db) => db.query('SELECT'));
    await expect(withClient(cluster.url(NAMES.kept), (db) => db.query('SELECT'))).rejects.toThrow(/not currently/);
  };

  it('is not kept from anything by autovacuum, in either of them', () =>
    asAdmin(async (admin) => {
      for (const name of [NAMES.target, NAMES.incoming]) {
        await withClient(cluster.url(name), (db) =>
          db.query(
            `CREATE TABLE t AS SELECT n, repeat('x', 900) AS v FROM generate_series(1, 20000) n; DELETE FROM t WHERE n % 3 = 0`,
          ),
        );
      }
      await eventually(async () => {
        const { rowCount } = await admin.query(
          `SELECT DISTINCT datname FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname = ANY ($1)`,
          [[NAMES.target, NAMES.incoming]],
        );
        return rowCount === 2;
      });
      await raiseFence(admin, NAMES.target, signal);
      await swapDatabases(admin, NAMES, server(), signal);
      await expectExchanged(admin);
    }));

  it('ends a session that was let in when the fence went up', () =>
    withClient(cluster.url(NAMES.target), (late) =>
      asAdmin(async (admin) => {
        const { rows } = await late.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await raiseFence(admin, NAMES.target, signal, rows[0]?.pid);
        await late.query('SELECT');
        await swapDatabases(admin, NAMES, server(), signal);
        await expectExchanged(admin);
        await expect(late.query('SELECT')).rejects.toThrow();
      }),
    ));

  it('carries comment and settings over byte for byte, whatever the encoding of the databases', () =>
    asAdmin(async (admin) => {
      for (const name of [NAMES.target, NAMES.incoming]) {
        await admin.query(`DROP DATABASE ${name}`);
        await admin.query(
          `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 7`,
        );
      }
      const look = `
        SELECT encode(convert_to(shobj_description(oid, 'pg_database'), 'LATIN1'), 'hex') AS comment, datconnlimit AS limit,
               (SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
          FROM pg_database d WHERE datname = current_database()`;
      const before = await withClient(cluster.url(NAMES.target), async (db) => {
        await db.query(
          `COMMENT ON DATABASE ${NAMES.target} IS 'größer'; ALTER DATABASE ${NAMES.target} SET app.owner = 'Zoë'; ALTER DATABASE ${NAMES.target} SET work_mem = '9MB'`,
        );
        return (await db.query<Record<string, unknown>>(look)).rows;
      });
      expect(before).toMatchObject([{ comment: '6772f6df6572', settings: ['app.owner=Zoë', 'work_mem=9MB'] }]);
      await raiseFence(admin, NAMES.target, signal);
      await swapDatabases(admin, NAMES, server(), signal);
      expect((await withClient(cluster.url(NAMES.target), (db) => db.query(look))).rows).toEqual(before);
    }));

  it('is all or nothing', () =>
    asAdmin(async (admin) => {
      await raiseFence(admin, NAMES.target, signal);
      await admin.query(`CREATE DATABASE ${NAMES.kept}`);
      await expect(swapDatabases(admin, NAMES, server(), signal)).rejects.toThrow(/already exists/);
      expect(await databaseOids(admin, [NAMES.target, NAMES.incoming])).toEqual(oids);
      await liftFence(admin, NAMES.target);
      await withClient(cluster.url(NAMES.target), (db) => db.query('SELECT'));
    }));

  it('does not begin once it is to stop', () =>
    asAdmin(async (admin) => {
      await raiseFence(admin, NAMES.target, signal);
      await expect(swapDatabases(admin, NAMES, server(), AbortSignal.abort(new Error('stopped')))).rejects.toThrow(
        'stopped',
      );
      expect(await databaseOids(admin, [NAMES.target, NAMES.incoming])).toEqual(oids);
    }));

  it('takes a name that another session is just giving away for one that is there', () =>
    asAdmin((admin) =>
      asAdmin(async (other) => {
        const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await other.query(`BEGIN; ALTER DATABASE ${NAMES.target} RENAME TO ${NAMES.kept}`);
        await admin.query(`CREATE DATABASE like_target`);
        const names = { target: 'like_target', incoming: NAMES.incoming, database: NAMES.kept };
        const named = expect(nameDatabase(admin, names, server(), signal)).rejects.toMatchObject({
          fault: 'database_exists',
        });
        await blocking(rows[0]?.pid);
        await other.query('COMMIT');
        await named;
        await admin.query('DROP DATABASE like_target');
      }),
    ));

  describe('after a load with the target open', () => {
    const refuse = (admin: Client, url = cluster.url(NAMES.target), stop = signal): Promise<void> => {
      const target = { address: parseDatabaseUrl(url) } as TargetService;
      const incomingOid = oids.get(NAMES.incoming) ?? '';
      const journal: SwapJournal = { ...NAMES, kind: 'swap', phase: 'staging', targetOid: '', incomingOid };
      const checked = { targetSchemaVersion: 1 };
      return new UnchangedTarget({} as AppConfig, target).refuse(admin, journal, checked, stop);
    };
    const migrate = (to: number) =>
      withClient(cluster.url(NAMES.target), (db) =>
        db.query(`CREATE TABLE IF NOT EXISTS goose_db_version (id serial, version_id bigint, is_applied boolean);
          INSERT INTO goose_db_version (version_id, is_applied) VALUES (${to}, true)`),
      );

    it('is not begun when the target was migrated, and is when it is closed', () =>
      asAdmin(async (admin) => {
        await migrate(1);
        await refuse(admin);
        await migrate(2);
        await expect(refuse(admin)).rejects.toThrow(/was migrated/);
        await raiseFence(admin, NAMES.target, signal);
        await refuse(admin);
      }));

    it('is not begun when the target cannot be asked, and waits no longer than its run', () =>
      asAdmin(async (admin) => {
        await migrate(1);
        await expect(refuse(admin, 'postgres://u@127.0.0.1:1/scc')).rejects.toThrow(/cannot be reached/);
        const stop = new AbortController();
        await withClient(cluster.url(NAMES.target), async (holder) => {
          const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
          await holder.query('BEGIN; LOCK TABLE goose_db_version');
          const stopped = expect(refuse(admin, undefined, stop.signal)).rejects.toThrow('stopped');
          await blocking(rows[0]?.pid);
          stop.abort(new Error('stopped'));
          await stopped;
        });
      }));

    it('is not begun when a prepared transaction keeps one of them from being renamed', () =>
      asAdmin(async (admin) => {
        await migrate(1);
        for (const name of [NAMES.target, NAMES.incoming]) {
          await withClient(cluster.url(name), (db) =>
            db.query(`CREATE TABLE p (); BEGIN; INSERT INTO p DEFAULT VALUES; PREPARE TRANSACTION 'p'`),
          );
          await expect(refuse(admin)).rejects.toThrow(`The database ${name} has prepared transactions`);
          await withClient(cluster.url(name), (db) => db.query(`ROLLBACK PREPARED 'p'`));
        }
        await refuse(admin);
      }));
  });
});
