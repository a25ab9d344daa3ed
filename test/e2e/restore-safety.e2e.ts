import pg from 'pg';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { KeptCopies } from '../../src/restore/leftovers/kept-copies';
import { RestoreRecovery } from '../../src/restore/run/restore-recovery';
import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import { RestoreRunEntity } from '../../src/restore/record/restore-run.entity';
import { itLong } from '../support/form';
import { startTestService, type TestService, type TestServiceOptions } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { expireRollback, setRows } from '../support/rows-of';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

const started: TestService[] = [];
const start = async (options: TestServiceOptions = {}): Promise<TestService> => {
  const service = await startTestService(options);
  started.push(service);
  return service;
};
let wrapper: ToolWrapper;
beforeEach(async () => {
  wrapper = await wrapTools();
});
afterEach(async () => {
  await wrapper.release();
  for (const service of started.splice(0)) await service.stop();
  await wrapper.remove();
});

const admin = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => withClient(testCluster().adminUrl, work);
const sql = (service: TestService, text: string) => withClient(service.target.url, (db) => db.query(text));
const databasesOf = (service: TestService): Promise<string[]> =>
  admin(async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY 1',
      [`${service.target.name}%`],
    );
    return rows.map(({ datname }) => datname);
  });
const detailsOf = (run: RestoreRunDto, name: string) => run.steps.find((step) => step.name === name)?.details;
const dropAll = async (names: readonly string[]): Promise<void> => {
  for (const name of names)
    await admin((client) => client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`));
};

describe('a database that only has the name of a kept copy', () => {
  it('is neither taken for one, nor overwritten, nor dropped', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin } });
    const { name } = service.target;
    await sql(service, 'CREATE TABLE a AS SELECT 1 AS x');
    const backup = await service.client.backUp();
    await sql(service, 'UPDATE a SET x = 2');
    const strangers = [`${name}_before_1`, `${name}_before_2`, `${name}_restore_2`];
    for (const stranger of strangers)
      await admin((client) => client.query(`CREATE DATABASE ${pg.escapeIdentifier(stranger)}`));
    try {
      await wrapper.killRestore();
      const failed = await service.client.restore(backup.id);
      expect(failed).toMatchObject({ id: 1, status: 'failed', error_code: 'backups.restore.pg_restore_failed' });
      expect((await sql(service, 'SELECT x FROM a')).rows).toEqual([{ x: 2 }]);
      expect(await databasesOf(service)).toEqual([name, ...strangers]);

      await wrapper.spare();
      expect(await service.client.restore(backup.id)).toMatchObject({ id: 2, status: 'success' });
      expect((await sql(service, 'SELECT x FROM a')).rows).toEqual([{ x: 1 }]);
      expect(await databasesOf(service)).toEqual([name, ...strangers, `${name}_before_2_2`].sort());

      // A kept database that a running rollback goes back to stays, due or not.
      await expireRollback(service, { id: 2 });
      const kept = service.app.get(KeptCopies);
      // Recovery would end a run whose lock is free.
      const holding = async (): Promise<void> => {
        await service.query(
          `INSERT INTO restore_runs (id, backup_id, status, dry_run, mode, rollback_of, requested_by, steps, logs, created_at, updated_at)
           VALUES (90, $1, 'running', false, 'rollback', 2, 'x', '[]', '[]', now(), now())`,
          [backup.id],
        );
        await kept.dropDue();
        expect(await databasesOf(service)).toContain(`${name}_before_2_2`);
      };
      const { signal } = new AbortController();
      await service.app.get(LockService).with(lockName.restoreRun(90), 'exclusive', holding, signal);
      await service.query('DELETE FROM restore_runs WHERE id = 90');
      // Recovery may hold the target's lock, and then the copy is dropped at the next look.
      await eventually(async () => {
        await kept.dropDue();
        return !(await databasesOf(service)).includes(`${name}_before_2_2`);
      });
      expect(await databasesOf(service)).toEqual([name, ...strangers]);

      // A target that accepts no connections is still replaced by a swap. In place nothing can be done with it.
      await admin((client) => client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} ALLOW_CONNECTIONS false`));
      const scoped = await service.client.restore(backup.id, { scope: ['tasks'] });
      expect(detailsOf(scoped, 'compatibility_check')?.['problems']).toEqual(['the target accepts no connections']);
      expect(await service.client.restore(backup.id)).toMatchObject({
        status: 'success',
        meta_json: {
          compatibility: {
            server_version: expect.any(String) as string,
            warnings: ['the target accepts no connections: its schema version is not known'],
            findings: [expect.objectContaining({ code: 'target.schema_version_unknown', severity: 'warning' })],
          },
        },
      });
      expect((await sql(service, 'SELECT x FROM a')).rows).toEqual([{ x: 1 }]);
    } finally {
      await dropAll(strangers);
    }
  });
});

describe('a run that another process has ended', () => {
  it('does not end again, and leaves the target to recovery', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin } });
    await sql(service, 'CREATE TABLE a AS SELECT 1 AS x');
    const backup = await service.client.backUp();
    await sql(service, 'UPDATE a SET x = 2');
    await wrapper.holdRestore();
    const { body } = await service.client.post(`/backups/${backup.id}/restore`);
    await wrapper.restoreHeld();
    await setRows(service, RestoreRunEntity, { status: 'failed', errorCode: 'backups.restore.interrupted' });
    await wrapper.release();
    await service.idle();
    await service.app.get(RestoreRecovery).look();
    await eventually(async () => (await service.client.get('/backups')).status === 200);
    expect(await service.client.run(body.restore_id)).toMatchObject({
      status: 'failed',
      error_code: 'backups.restore.interrupted',
    });
    expect((await sql(service, 'SELECT x FROM a')).rows).toEqual([{ x: 2 }]);
    expect(await databasesOf(service)).toEqual([service.target.name]);

    // One that cannot be settled does not keep others from it.
    const journal = { kind: 'swap', phase: 'staging', target: 'nowhere', targetOid: '1', incoming: 'x', kept: 'y' };
    await service.query(
      `INSERT INTO restore_runs (id, backup_id, status, dry_run, mode, requested_by, steps, logs, journal, created_at, updated_at)
       VALUES (80, 1, 'running', false, 'restore', 'x', '[]', '[]', $1, now(), now()),
              (81, 1, 'running', true, 'verify', 'x', '[]', '[]', NULL, now(), now())`,
      [JSON.stringify(journal)],
    );
    await service.app.get(RestoreRecovery).look();
    expect(await service.query('SELECT id::int, status FROM restore_runs WHERE id >= 80 ORDER BY id')).toEqual([
      { id: 80, status: 'running' },
      { id: 81, status: 'failed' },
    ]);
    await service.query('DELETE FROM restore_runs WHERE id = 80');
  });
});

describe('a rehearsal', () => {
  itLong('of an installation that restores in place is made in place, over what the target has now', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place' } });
    await sql(service, 'CREATE TABLE a AS SELECT 1 AS x; CREATE MATERIALIZED VIEW m AS TABLE a');
    const backup = await service.client.backUp();
    await sql(
      service,
      `CREATE TYPE timerange AS RANGE (subtype = time); CREATE TABLE shift (during timerange); CREATE VIEW a_too AS SELECT * FROM a;
       ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC`,
    );
    const before = await dumpOf(service.target.url);
    const run = await service.client.restore(backup.id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(run).toMatchObject({ status: 'success', strategy: 'in_place' });
    expect(detailsOf(run, 'restore_database')).toMatchObject({ target_definitions: 'copied' });
    expect(detailsOf(run, 'verify_restored_data')).toMatchObject({ tables: 1, rows: 1, views: 1 });
    expect(await databasesOf(service)).toEqual([service.target.name]);
    expect(await dumpOf(service.target.url)).toEqual(before);
    expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success' });
    expect((await sql(service, `SELECT FROM pg_class WHERE relname IN ('shift', 'a_too')`)).rowCount).toBe(0);
  });

  itLong('of a scoped backup leaves out the foreign keys that leave the scope, and says which', async () => {
    const service = await start({ demo: true });
    const whole = await service.client.backUp();
    const scoped = await service.client.backUp({ scope: ['tasks'] });
    expect(await service.client.restore(scoped.id, { mode: 'verify' }, 'restore/dry-run')).toMatchObject({
      status: 'success',
      strategy: 'scoped',
    });
    const run = await service.client.restore(scoped.id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(run).toMatchObject({ status: 'success' });
    const leftOut = detailsOf(run, 'restore_database')?.['left_out_foreign_keys'];
    expect(leftOut).toContain('public.tasks.tasks_created_by_fkey');
    expect(leftOut).not.toContain('public.task_comments.task_comments_task_id_fkey');
    expect(detailsOf(run, 'verify_restored_data')).toMatchObject({
      foreign_keys: expect.any(Number) as number,
      sequences: expect.any(Number) as number,
    });
    // What proves the system restorable is a backup of all of it.
    const { body } = await service.client.post('/backups/integrity/run');
    expect(await service.client.run(body.restore_id)).toMatchObject({ status: 'success', artifact_id: whole.id });
  });

  it('gives way to a real restore', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin } });
    await sql(service, 'CREATE TABLE a AS SELECT 1 AS x');
    const backup = await service.client.backUp();
    await wrapper.holdRestore();
    const rehearsal = await service.client.post(`/backups/${backup.id}/restore/dry-run`, { mode: 'rehearse' });
    await wrapper.restoreHeld();
    const second = await service.client.post(`/backups/${backup.id}/restore/dry-run`);
    expect([second.status, second.body.error.details]).toEqual([
      409,
      {
        in_the_way: { kind: 'rehearse', id: rehearsal.body.restore_id },
        hint: 'Restore run 1 (rehearse) goes on; POST /api/backups/restores/1/cancel ends it.',
      },
    ]);
    const restore = await service.client.post(`/backups/${backup.id}/restore`);
    expect(await service.client.run(rehearsal.body.restore_id)).toMatchObject({ status: 'canceled' });
    await wrapper.release();
    expect(await service.client.run(restore.body.restore_id)).toMatchObject({ status: 'success' });
    expect(await databasesOf(service)).toHaveLength(2);
  });
});

describe('a restore in one transaction', () => {
  it('lets no client write between the safety backup and the restore, and waits for no forgotten transaction', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin } });
    await sql(service, `CREATE TABLE task_tags (id int PRIMARY KEY, name text); INSERT INTO task_tags VALUES (1, 'a')`);
    const backup = await service.client.backUp();
    await sql(service, `UPDATE task_tags SET name = 'b'`);
    const forgotten = new pg.Client({ connectionString: service.target.url });
    forgotten.on('error', () => undefined);
    await forgotten.connect();
    try {
      await forgotten.query('BEGIN; SELECT * FROM task_tags');
      await wrapper.hold();
      const { body } = await service.client.post(`/backups/${backup.id}/restore`, { scope: ['tasks'] });
      await wrapper.held();
      await expect(
        sql(service, `SET lock_timeout = '50ms'; UPDATE task_tags SET name = 'too late'`),
      ).rejects.toMatchObject({ code: '55P03' });
      await wrapper.release();
      expect(await service.client.run(body.restore_id)).toMatchObject({ status: 'success' });
      expect((await sql(service, 'SELECT name FROM task_tags')).rows).toEqual([{ name: 'a' }]);
      await expect(forgotten.query('SELECT 1')).rejects.toThrow();
    } finally {
      await forgotten.end().catch(() => undefined);
    }

    await sql(service, `UPDATE task_tags SET id = 2; ALTER TABLE task_tags ADD CONSTRAINT big CHECK (id > 1)`);
    const refused = await service.client.restore(backup.id, {
      scope: ['tasks'],
      skip_safety_backup_reason: 'only a test of this',
    });
    expect(refused).toMatchObject({ status: 'failed', error_code: 'backups.restore.integrity_violation' });
    expect(refused.steps.find(({ status }) => status === 'failed')?.details).toMatchObject({ sqlstate: '23514' });
  });

  itLong('restores in place what roles owned that are gone, and names them', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place' } });
    const gone = `${service.target.name}_gone`;
    const id = pg.escapeIdentifier(gone);
    await admin((client) => client.query(`CREATE ROLE ${id}`));
    await sql(
      service,
      `CREATE TABLE a AS SELECT 1 AS x; ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a TO ${id} USING (true); ALTER TABLE a OWNER TO ${id}`,
    );
    const backup = await service.client.backUp();
    await sql(service, `REASSIGN OWNED BY ${id} TO CURRENT_USER; DROP OWNED BY ${id}; UPDATE a SET x = 2`);
    await admin((client) => client.query(`DROP ROLE ${id}`));
    const run = await service.client.restore(backup.id);
    expect(run).toMatchObject({ status: 'success', strategy: 'in_place' });
    expect(detailsOf(run, 'restore_database')).toMatchObject({ owned_by_restoring_role: [gone] });
    expect((await sql(service, 'SELECT x FROM a')).rows).toEqual([{ x: 1 }]);
    expect((await admin((client) => client.query('SELECT FROM pg_roles WHERE rolname = $1', [gone]))).rowCount).toBe(0);
  });
});

describe('a role that is no superuser', () => {
  const role = `operator_${process.pid}`;
  const other = `${role}_other`;
  const name = `owned_${process.pid}`;
  const url = testCluster().url(name, role, 'pw');
  beforeEach(() =>
    admin(async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'pw' IN ROLE pg_signal_backend`);
      await client.query(`CREATE ROLE ${other}`);
      await client.query(`CREATE DATABASE ${name} OWNER ${role} TEMPLATE template0`);
    }),
  );
  afterEach(async () => {
    for (const service of started.splice(0)) await service.stop();
    const { rows } = await admin((client) =>
      client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname LIKE $1', [`${name}%`]),
    );
    await dropAll(rows.map(({ datname }) => datname));
    await admin((client) => client.query(`DROP OWNED BY ${role}, ${other}; DROP ROLE ${role}, ${other}`));
  });
  const asRole = (text: string) => withClient(url, (db) => db.query(text));

  it('rehearses, restores and rolls back, and is told beforehand what it may not do', async () => {
    await admin((client) => client.query(`ALTER ROLE ${role} IN DATABASE ${name} SET work_mem TO '7MB'`));
    await admin((client) => client.query(`GRANT ${other} TO ${role}`));
    await asRole(`CREATE TABLE a AS SELECT 1 AS x; CREATE SEQUENCE s; SELECT setval('s', 41);
      CREATE SCHEMA app; GRANT USAGE, CREATE ON SCHEMA app TO ${other};
      SET ROLE ${other}; CREATE TABLE app.theirs AS SELECT 1 AS x; CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    const service = await start({ environment: { BERKUT_DB_URL: url } });
    const { client } = service;
    const backup = await client.backUp();
    const before = await dumpOf(url);
    expect(await client.restore(backup.id, { mode: 'rehearse' }, 'restore/dry-run')).toMatchObject({
      status: 'success',
      strategy: 'swap',
    });
    await asRole('UPDATE a SET x = 2');
    const run = await client.restore(backup.id);
    expect(run).toMatchObject({ status: 'success', strategy: 'swap' });
    expect(await dumpOf(url)).toEqual(before);
    const back = await client.post(`/backups/restores/${run.id}/rollback`);
    expect(await client.run(back.body.restore_id)).toMatchObject({ status: 'success' });
    expect((await asRole('SELECT x FROM a')).rows).toEqual([{ x: 2 }]);

    await withClient(testCluster().url(name), (db) =>
      db.query(
        `ALTER TABLE a OWNER TO ${other}; GRANT SELECT ON a, app.theirs TO ${role}; REVOKE ${other} FROM ${role}; CREATE PUBLICATION everything FOR ALL TABLES;
         CREATE FUNCTION quiet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION quiet();
         ALTER ROLE ${other} IN DATABASE ${name} SET work_mem TO '8MB'; ALTER DATABASE ${name} SET statement_timeout TO '9min'`,
      ),
    );
    const harder = await client.backUp();
    const told = await client.restore(harder.id, {}, 'restore/dry-run');
    expect(told).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
    expect(detailsOf(told, 'compatibility_check')?.['findings']).toMatchObject([
      { code: 'role.not_a_member' },
      { code: 'role.not_a_member', names: { role: other } },
      { code: 'object.superuser_only', names: { object: 'everything, a publication of all tables' } },
      { code: 'object.superuser_only', names: { object: 'the event trigger watch' } },
      { code: 'role.setting_of_target', names: { setting: `work_mem (for ${other})` } },
    ]);
  });
});

describe('a restored database', () => {
  itLong(
    'has the locale, tablespace, extensions, event triggers, publications and partitions of the old one',
    async () => {
      const name = `faithful_${process.pid}`;
      const place = `place_${process.pid}`;
      await admin(async (client) => {
        await client.query('SET allow_in_place_tablespaces = on');
        await client.query(`CREATE TABLESPACE ${place} LOCATION ''`);
        await client.query(
          `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'uk-UA' TABLESPACE ${place}`,
        );
      });
      const url = testCluster().url(name);
      const factsOf = () =>
        admin(async (client) => {
          const { rows } = await client.query<object>(
            `SELECT datlocprovider, to_jsonb(d) ->> 'daticulocale' AS icu, to_jsonb(d) ->> 'datlocale' AS locale, spcname
             FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = $1`,
            [name],
          );
          return rows[0];
        });
      try {
        await withClient(url, (db) =>
          db.query(
            `CREATE TABLE parts (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
           CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1, 1);
           CREATE TABLE child (id int, at int, FOREIGN KEY (id, at) REFERENCES parts DEFERRABLE INITIALLY DEFERRED);
           ALTER TABLE child ADD CONSTRAINT later CHECK (id > 0) NOT VALID; INSERT INTO child VALUES (1, 1);
           CREATE TABLE elsewhere (id int) TABLESPACE pg_default; CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM parts;
           CREATE PUBLICATION everything FOR ALL TABLES; SELECT lo_from_bytea(4711, 'large');
           CREATE FUNCTION quiet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION quiet();
           DO 'BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = ''pgcrypto'') THEN CREATE EXTENSION pgcrypto; END IF; END'`,
          ),
        );
        const service = await start({ environment: { BERKUT_DB_URL: url, BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: '0' } });
        const backup = await service.client.backUp();
        const before = { dump: await dumpOf(url), facts: await factsOf() };
        expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success', strategy: 'swap' });
        expect({ dump: await dumpOf(url), facts: await factsOf() }).toEqual(before);
        await service.idle();
      } finally {
        for (const service of started.splice(0)) await service.stop();
        await dropAll([name]);
        await admin((client) => client.query(`DROP TABLESPACE ${place}`));
      }
    },
  );

  itLong.each(['swap', 'in_place'])('has functions that hold a piece of a dump (%s)', async (strategy) => {
    const target = await testCluster().createDatabase();
    const heading = (name: string, type: string): string =>
      `\n--\n-- Name: ${name}; Type: ${type}; Schema: public; Owner: nobody_${process.pid}; Tablespace: nowhere\n--\n\n`;
    await withClient(target.url, (db) =>
      db.query(`CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1);
        CREATE FUNCTION notes() RETURNS text LANGUAGE sql AS $$ SELECT '
        ${heading('none', 'EXTENSION')}CREATE EXTENSION none;
        ${heading('7; Type: BLOB', 'BLOB')}
        ${heading('a a_a', 'FK CONSTRAINT')}ALTER TABLE ONLY public.a ADD CONSTRAINT a_a FOREIGN KEY (id) REFERENCES public.a(id);
        ALTER TABLE public.a OWNER TO nobody;
\\restrict all
\\unrestrict all
' $$`),
    );
    try {
      const service = await start({
        environment: { BERKUT_DB_URL: target.url, BERKUT_BACKUP_RESTORE_STRATEGY: strategy },
      });
      const backup = await service.client.backUp();
      const before = await dumpOf(target.url);
      await withClient(target.url, (db) => db.query('UPDATE a SET id = 2; DROP FUNCTION notes'));
      expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success', strategy });
      expect(await dumpOf(target.url)).toEqual(before);
    } finally {
      for (const service of started.splice(0)) await service.stop();
      await target.drop();
    }
  });
});
