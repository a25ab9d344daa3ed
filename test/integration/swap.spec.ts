import type { Client } from 'pg';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { liftFence, raiseFence } from '../../src/engine/postgres/database/fence';
import { databaseOids } from '../../src/engine/postgres/database/staging';
import { swapDatabases } from '../../src/engine/postgres/database/swap';
import type { Cluster } from '../../src/embedded/cluster';
import { throwawayCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';

const NAMES = { target: 'scc', incoming: 'scc_restore_1', isIncomingKept: false, kept: 'scc_before_1' };
const { signal } = new AbortController();

describe('the exchange of two databases', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    // Autovacuum comes at once, and takes for ever: a page a tenth of a second.
    cluster = await throwawayCluster({
      ...{ autovacuum_naptime: '1s', autovacuum_vacuum_cost_delay: '100ms', autovacuum_vacuum_cost_limit: '1' },
      ...{ autovacuum_vacuum_threshold: '0', autovacuum_vacuum_scale_factor: '0', autovacuum_max_workers: '6' },
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
});
