import pg from 'pg';
import { RestoreRunEntity } from '../../src/restore/record/restore-run.entity';
import { RestoreRecovery } from '../../src/restore/run/restore-recovery';
import type { TestService } from '../support/app';
import { changedSinceBackup } from '../support/changed-since-backup';
import { testCluster, withClient } from '../support/cluster';
import { databasesOf } from '../support/databases-of';
import { dumpOf } from '../support/dump-of';
import { itLong } from '../support/form';
import { expireRollback, setRows } from '../support/rows-of';
import { servicesOfEachTest } from '../support/started-services';

const { start, stopAll } = servicesOfEachTest();

const admin = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => withClient(testCluster().adminUrl, work);
const sql = (service: TestService, text: string) => withClient(service.target.url, (db) => db.query(text));

describe('a finished restore', () => {
  it('can be rolled back, and the rollback, too', async () => {
    const service = await start({ small: true });
    const { first, backup, second } = await changedSinceBackup(service);
    const { client } = service;
    const restore = await client.restore(backup.id);
    expect(Date.parse(restore.rollback_until ?? '')).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect(await dumpOf(service.target.url)).toEqual(first);

    const { status, body } = await client.post(`/backups/restores/${restore.id}/rollback`);
    expect(status).toBe(202);
    const rollback = await client.run(body.restore_id);
    expect(rollback).toMatchObject({ status: 'success', mode: 'rollback', dry_run: false });
    expect(await dumpOf(service.target.url)).toEqual(second);
    expect(await client.get(`/backups/restores/${restore.id}`)).not.toMatchObject({
      body: { item: { rollback_until: expect.anything() as string } },
    });

    const again = await client.post(`/backups/restores/${restore.id}/rollback`);
    expect([again.status, again.body.error.code]).toEqual([409, 'backups.not_ready']);
    const back = await client.post(`/backups/restores/${rollback.id}/rollback`);
    expect(await client.run(back.body.restore_id)).toMatchObject({ status: 'success' });
    expect(await dumpOf(service.target.url)).toEqual(first);
    expect(await databasesOf(service)).toEqual([
      service.target.name,
      `${service.target.name}_before_${back.body.restore_id}`,
    ]);
  });
});

describe('a restore that keeps the old database', () => {
  itLong('keeps nothing when it is told to', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: '0' } });
    const backup = await service.client.backUp();
    const run = await service.client.restore(backup.id);
    expect(run).not.toHaveProperty('rollback_until');
    const keeping = { mode: 'rehearse', keep_hours: 2 };
    expect((await service.client.post(`/backups/${backup.id}/restore/dry-run`, keeping)).status).toBe(400);
    await service.idle();
    expect(await databasesOf(service)).toEqual([service.target.name]);
  });

  it('drops what is due, but never what is in doubt', async () => {
    const keeping = await start();
    const kept = await keeping.client.restore((await keeping.client.backUp()).id);
    expect(await databasesOf(keeping)).toHaveLength(2);
    await setRows(keeping, RestoreRunEntity, { status: 'failed' });
    await expireRollback(keeping);
    await keeping.app.get(RestoreRecovery).look();
    expect(await databasesOf(keeping)).toHaveLength(2);
    await setRows(keeping, RestoreRunEntity, { status: 'success' });
    await keeping.app.get(RestoreRecovery).look();
    expect(await databasesOf(keeping)).toEqual([keeping.target.name]);
    expect((await keeping.client.post(`/backups/restores/${kept.id}/rollback`)).status).toBe(409);
  });

  itLong('gives the new database what belonged to the old one as a database', async () => {
    const service = await start();
    const name = pg.escapeIdentifier(service.target.name);
    const role = pg.escapeIdentifier(`${service.target.name}_app`);
    try {
      await admin(async (client) => {
        await client.query(`CREATE ROLE ${role}`);
        await client.query(`ALTER DATABASE ${name} SET search_path TO "$user", public, "Odd Schema"`);
        await client.query(`ALTER DATABASE ${name} SET "berkut.flag" TO 'it''s on'`);
        await client.query(`ALTER DATABASE ${name} SET statement_timeout TO '1234ms'`);
        await client.query(`ALTER ROLE ${role} IN DATABASE ${name} SET work_mem TO '7MB'`);
        await client.query(`ALTER DATABASE ${name} CONNECTION LIMIT 17`);
        await client.query(`COMMENT ON DATABASE ${name} IS 'the live one'`);
        await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
        await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${role} WITH GRANT OPTION`);
      });
      const properties = () =>
        admin(async (client) => {
          const { rows } = await client.query(
            `SELECT datconnlimit, datacl::text, shobj_description(d.oid, 'pg_database') AS comment, datallowconn, datistemplate,
                    (SELECT array_agg(coalesce(r.rolname, '-') || array_to_string(setconfig, ';') ORDER BY setrole)
                       FROM pg_db_role_setting LEFT JOIN pg_roles r ON r.oid = setrole WHERE setdatabase = d.oid) AS settings
               FROM pg_database d WHERE datname = $1`,
            [service.target.name],
          );
          return rows[0] as object;
        });
      const before = await properties();
      const run = await service.client.restore((await service.client.backUp()).id);
      expect(run.status).toBe('success');
      expect(await properties()).toEqual(before);
    } finally {
      await stopAll();
      for (const database of await databasesOf(service))
        await admin((client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE)`));
      await admin((client) => client.query(`DROP ROLE IF EXISTS ${role}`));
    }
  });

  itLong('keeps owners, grants and policies of roles that exist, and names the roles that do not', async () => {
    const service = await start();
    const [owner, gone] = [`${service.target.name}_owner`, `${service.target.name}_gone`];
    const ids = [owner, gone].map((role) => pg.escapeIdentifier(role));
    try {
      await admin((client) => client.query(`CREATE ROLE ${ids[0]}; CREATE ROLE ${ids[1]}`));
      await sql(
        service,
        `CREATE TABLE kept (id int); ALTER TABLE kept OWNER TO ${ids[0]}; CREATE TABLE lost (id int); ALTER TABLE lost OWNER TO ${ids[1]};
         GRANT SELECT ON kept TO ${ids[1]}; GRANT SELECT ON lost TO ${ids[0]}; INSERT INTO lost VALUES (1);
         ALTER TABLE kept ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON kept TO ${ids[1]} USING (true)`,
      );
      const backup = await service.client.backUp();
      await sql(service, `DROP OWNED BY ${ids[1]}`);
      await admin((client) => client.query(`DROP ROLE ${ids[1]}`));
      const run = await service.client.restore(backup.id);
      expect(run).toMatchObject({ status: 'success', meta_json: { compatibility: { missing_roles: [gone] } } });
      expect(run.steps.find(({ name }) => name === 'restore_database')?.details).toMatchObject({
        owned_by_restoring_role: [gone],
      });
      const { rows } = await sql(
        service,
        `SELECT relname, pg_get_userbyid(relowner) AS owner, relacl::text AS acl FROM pg_class WHERE relname IN ('kept', 'lost') ORDER BY 1`,
      );
      expect(rows).toMatchObject([
        { relname: 'kept', owner },
        { relname: 'lost', owner: new URL(service.target.url).username },
      ]);
      expect(JSON.stringify(rows)).toContain(`${owner}=r/`);
      expect(JSON.stringify(rows)).not.toContain(gone);
      expect((await admin((client) => client.query('SELECT FROM pg_roles WHERE rolname = $1', [gone]))).rowCount).toBe(
        0,
      );
    } finally {
      await stopAll();
      for (const database of await databasesOf(service))
        await admin((client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE)`));
      await admin((client) => client.query(`DROP ROLE IF EXISTS ${ids[0]}`));
    }
  });
});
