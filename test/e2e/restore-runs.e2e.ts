import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { databaseOids } from '../../src/engine/postgres/database/staging';
import { HOUR_MS } from '../../src/kernel/clock/durations';
import { RestoreTestSchedule } from '../../src/restore/integrity/restore-test-schedule';
import { RestoreRunEntity } from '../../src/restore/record/restore-run.entity';
import { RestoreRecovery } from '../../src/restore/run/restore-recovery';
import type { BackupImportedDto } from '../../src/backups/http/backups.dto';
import type { ComparisonDto } from '../../src/restore/http/comparison.dto';
import type { IntegrityDto } from '../../src/restore/http/integrity.dto';
import { holdDatabase } from '../faults/hold-database';
import { itLong } from '../support/form';
import { startTestService, type TestService, type TestServiceOptions } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { expireRollback, setRows } from '../support/rows-of';

const started: TestService[] = [];
const start = async (options: TestServiceOptions = {}): Promise<TestService> => {
  const service = await startTestService(options);
  started.push(service);
  return service;
};
afterEach(async () => {
  for (const service of started.splice(0)) await service.stop();
});

const admin = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => withClient(testCluster().adminUrl, work);
const databasesOf = (service: TestService): Promise<string[]> =>
  admin(async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY 1',
      [`${service.target.name}%`],
    );
    return rows.map(({ datname }) => datname);
  });
const sql = (service: TestService, text: string) => withClient(service.target.url, (db) => db.query(text));
const integrity = async (service: TestService): Promise<IntegrityDto> =>
  (await service.client.get<{ item: IntegrityDto }>('/backups/integrity')).body.item;

/** A service whose target is another one than when it was backed up, and the dumps of both. */
const changedSinceBackup = async (environment: Record<string, string> = {}) => {
  const service = await start({ small: true, environment });
  const first = await dumpOf(service.target.url);
  const backup = await service.client.backUp();
  await sql(service, 'DELETE FROM task_comments; CREATE TABLE later (id int)');
  return { service, first, backup, second: await dumpOf(service.target.url) };
};

/** A comparison that waits for a table of the target, which another session has locked. */
const comparisonHeldUp = async (service: TestService, run: number, table: string) => {
  const path = `/backups/restores/${run}/comparison`;
  const holder = new pg.Client({ connectionString: service.target.url });
  const isGone = new Promise<void>((resolve) => holder.on('error', () => resolve()));
  await holder.connect();
  await holder.query(`BEGIN; LOCK TABLE ${table}`);
  expect((await service.client.get(`${path}?refresh=true`)).status).toBe(202);
  await eventually(() =>
    admin(async (db) => {
      const { rowCount } = await db.query(
        `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = $1 AND NOT l.granted`,
        [service.target.name],
      );
      return rowCount !== 0;
    }),
  );
  return {
    isGone,
    /** Lets it go on, and waits for its end. */
    async end(): Promise<ComparisonDto> {
      await holder.end();
      let item: ComparisonDto | undefined;
      await eventually(async () => {
        const answer = await service.client.get<{ item: ComparisonDto }>(path);
        item = answer.body.item;
        return answer.status === 200;
      });
      if (item === undefined) throw new Error('there is no comparison');
      return item;
    },
  };
};

describe('a finished restore', () => {
  it('can be rolled back, and the rollback, too', async () => {
    const { service, first, backup, second } = await changedSinceBackup();
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

describe('a rehearsal that keeps its database', () => {
  it('can become the target, and be rolled back, once; or is discarded, or is over', async () => {
    const [reader, role] = [`reader_${process.pid}`, `writer_${process.pid}`];
    await admin((db) => db.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'pw'; CREATE ROLE ${role} CREATEROLE`));
    const { service, first, backup, second } = await changedSinceBackup({
      BERKUT_BACKUP_SCRATCH_READERS: `${reader}, no_such_${reader}, ${role}`,
    });
    const { client } = service;
    const asReader = (database: string, text: string) =>
      withClient(testCluster().url(database, reader, 'pw'), (db) => db.query(text));
    const doorsOfReader = () =>
      admin(async (db) => (await db.query(`SELECT FROM pg_auth_members WHERE member = '${reader}'::regrole`)).rowCount);
    const keep = { mode: 'rehearse', keep_hours: 2 };
    const rehearse = async () => {
      const run = await client.restore(backup.id, keep, 'restore/dry-run');
      expect(run).toMatchObject({ status: 'success', scratch_database: `${service.target.name}_rehearsal_${run.id}` });
      expect(Date.parse(run.kept_until ?? '')).toBeGreaterThan(Date.now() + HOUR_MS);
      expect(await databasesOf(service)).toContain(run.scratch_database);
      return run;
    };
    const post = (id: number, what: string, body?: object) => client.post(`/backups/restores/${id}/${what}`, body);
    /** Nothing of it can be had any more. */
    const expectGone = async (id: number): Promise<void> => {
      for (const what of ['promote', 'discard']) {
        const { status, body } = await post(id, what);
        expect([what, status, body.error.code]).toEqual([what, 409, 'backups.not_ready']);
      }
      const { body } = await client.get<{ item: object }>(`/backups/restores/${id}`);
      expect(body.item).not.toHaveProperty('scratch_database');
      expect(await databasesOf(service)).not.toContain(`${service.target.name}_rehearsal_${id}`);
    };

    /** What the comparison says when it has been made. */
    const compared = async (run: number, query = ''): Promise<ComparisonDto> => {
      const path = `/backups/restores/${run}/comparison${query}`;
      let answer = await client.get<{ item: ComparisonDto }>(path);
      await eventually(async () => {
        if (answer.status === 202) answer = await client.get<{ item: ComparisonDto }>(path.replace('refresh=true', ''));
        return answer.status !== 202;
      });
      expect([answer.status, answer.body.item.status]).toEqual([200, 'success']);
      return answer.body.item;
    };

    const { id, ...kept } = await rehearse();
    const scratch = kept.scratch_database ?? '';
    expect(kept).toMatchObject({
      scratch_readers: [reader],
      scratch_readers_refused: [
        { role: `no_such_${reader}`, code: 'reader.unknown' },
        { role, code: 'reader.may_write' },
      ],
    });
    expect((await asReader(scratch, 'SELECT count(*)::int FROM task_tags')).rows[0]).not.toEqual({ count: 0 });
    await expect(asReader(scratch, 'DELETE FROM task_tags')).rejects.toThrow('permission denied');
    await sql(service, `INSERT INTO task_tags (id, name, color) VALUES (900001, 'new', '#fff')`);
    const begun = await client.get<{ item: ComparisonDto }>(`/backups/restores/${id}/comparison`);
    expect([begun.status, begun.body.item.status]).toEqual([202, 'running']);
    const comparison = await compared(id);
    expect(comparison).toMatchObject({ restore_id: id, tables_compared: comparison.tables_total, tables_different: 3 });
    expect(comparison.tables.slice(0, 3)).toEqual([
      { table: 'public.later', is_in: 'target', is_different: true, rows_in_target: 0, only_in_target: 0 },
      expect.objectContaining({ table: 'public.task_comments', rows_in_target: 0, only_in_target: 0, different: 0 }),
      expect.objectContaining({ table: 'public.task_tags', only_in_backup: 0, only_in_target: 1, different: 0 }),
    ]);
    expect(comparison.definitions).toEqual([
      { kind: 'column', table: 'public.later', name: 'id', state: 'only_in_target' },
    ]);
    // Keys are values of rows: they are shown to those who may read rows, and the control database has them sealed.
    const ofTags = await compared(id, '?table=public.task_tags&limit=1');
    expect(ofTags.tables).toEqual([
      expect.objectContaining({ keys: { only_in_backup: [], only_in_target: [['900001']], different: [] } }),
    ]);
    const asAuditor = await service.as('auditor');
    const shown = await asAuditor.get<{ item: ComparisonDto }>(`/backups/restores/${id}/comparison?table=task_tags`);
    expect([shown.status, shown.body.item.tables[0]?.keys]).toEqual([200, undefined]);
    expect((await client.get(`/backups/restores/${id}/comparison?table=task_tgs`)).body.error).toMatchObject({
      code: 'backups.table_not_found',
      details: { similar: ['public.task_tags'] },
    });
    await sql(service, 'DELETE FROM task_tags WHERE id = 900001');
    expect((await client.get(`/backups/restores/${id}/comparison?refresh=true`)).status).toBe(202);
    expect(await compared(id)).toMatchObject({ tables_different: 2 });
    // A process that died while it compared: its row says running, and its lock is free.
    await service.query(`UPDATE rehearsal_comparisons SET status = 'running' WHERE run_id = $1`, [id]);
    expect(await compared(id)).toMatchObject({ tables_different: 2 });
    const another = await client.post(`/backups/${backup.id}/restore/dry-run`, keep);
    expect([another.status, another.body.error.details?.['in_the_way']]).toEqual([409, { kind: 'rehearse', id }]);
    for (const refused of [{ keep_hours: 2 }, { ...keep, keep_hours: 169 }]) {
      expect((await client.post(`/backups/${backup.id}/restore/dry-run`, refused)).status).toBe(400);
    }
    expect((await post(id, 'promote', { confirm: 'another' })).status).toBe(400);
    expect(await dumpOf(service.target.url)).toEqual(second);

    // One that fails is as if it had not been tried.
    await sql(service, 'INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, true)');
    const failed = await client.run((await post(id, 'promote')).body.restore_id);
    expect(failed).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
    await sql(service, 'DELETE FROM goose_db_version WHERE version_id = 4711');
    // But for the readers: they are let out first.
    await expect(asReader(scratch, 'SELECT')).rejects.toThrow('permission denied for database');
    expect(await doorsOfReader()).toBe(0);
    // So is one that has closed the database of the rehearsal already: another one has the name of the kept copy.
    const held = await holdDatabase(service.target.name);
    const closing = (await post(id, 'promote')).body.restore_id;
    await held.waitedFor();
    const stranger = await testCluster().createDatabase(`${service.target.name}_before_${closing}`);
    await held.release();
    expect(await client.run(closing)).toMatchObject({ status: 'failed' });
    await stranger.drop();
    await withClient(testCluster().url(`${service.target.name}_rehearsal_${id}`), (db) => db.query('SELECT'));

    // A row that names another database than one of this rehearsal gets nothing promoted.
    const own = `${service.target.name}_rehearsal_${id}`;
    const oids = await admin((db) => databaseOids(db, [own, service.control.name]));
    const setIncoming = (database: string) =>
      service.query(
        `UPDATE restore_runs SET journal = journal || jsonb_build_object('incoming', $2::text, 'incomingOid', $3::text) WHERE id = $1`,
        [id, database, oids.get(database)],
      );
    await setIncoming(service.control.name);
    expect((await post(id, 'promote')).status).toBe(409);
    await setIncoming(own);

    const promotion = await client.run((await post(id, 'promote')).body.restore_id);
    expect(promotion).toMatchObject({ status: 'success', mode: 'promote', dry_run: false, strategy: 'swap' });
    expect(promotion.steps.map(({ name }) => name)).toEqual([
      ...['enter_maintenance', 'stop_background_jobs', 'swap_database', 'exit_maintenance', 'finish'],
    ]);
    expect(await dumpOf(service.target.url)).toEqual(first);
    await expectGone(id);
    // What it would have changed is still known, and cannot be compared anew.
    expect(await compared(id, '?refresh=true')).toMatchObject({ tables_different: 2 });
    const back = await client.run((await post(promotion.id, 'rollback')).body.restore_id);
    expect(back).toMatchObject({ status: 'success' });
    await expectGone(id);

    const discarded = await rehearse();
    expect(discarded.scratch_readers).toEqual([reader]);
    // A comparison under way does not keep the database, and what it has found by then stays.
    const heldUp = await comparisonHeldUp(service, discarded.id, 'users');
    expect((await post(discarded.id, 'discard')).status).toBe(200);
    await expectGone(discarded.id);
    expect(await heldUp.end()).toMatchObject({ status: 'failed', error_code: 'backups.storage_unavailable' });
    expect(await doorsOfReader()).toBe(0);
    const over = await rehearse();
    await service.query(`UPDATE restore_runs SET kept_until = now() - interval '1 minute' WHERE id = $1`, [over.id]);
    await service.app.get(RestoreRecovery).look();
    await expectGone(over.id);
    const never = await client.get(`/backups/restores/${over.id}/comparison`);
    expect([never.status, never.body.error.code]).toEqual([409, 'backups.not_ready']);
    expect(await doorsOfReader()).toBe(0);
    await admin((db) => db.query(`DROP ROLE ${reader}, ${role}`));
  });
});

describe('a comparison', () => {
  itLong('ends when the target is closed, gone or exchanged, keeps nothing from it, and can be made anew', async () => {
    const service = await start({ demo: true });
    const { client, target } = service;
    const backup = await client.backUp();
    const keep = { mode: 'rehearse', keep_hours: 2 };
    const { id } = await client.restore(backup.id, keep, 'restore/dry-run');
    const name = pg.escapeIdentifier(target.name);
    const anew = async (): Promise<ComparisonDto> => {
      const path = `/backups/restores/${id}/comparison`;
      expect((await client.get(`${path}?refresh=true`)).status).toBe(202);
      await eventually(async () => (await client.get(path)).status === 200);
      return (await client.get<{ item: ComparisonDto }>(path)).body.item;
    };
    const failed = { status: 'failed', error_code: 'backups.storage_unavailable' };

    const closing = await comparisonHeldUp(service, id, 'users');
    await admin((db) =>
      db
        .query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
        .then(() =>
          db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [target.name]),
        ),
    );
    await closing.isGone;
    expect(await closing.end()).toMatchObject(failed);
    expect(await anew()).toMatchObject({ ...failed, tables: [] });
    await admin((db) => db.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`));
    await eventually(async () => (await anew()).status === 'success');

    await service.idle();
    await admin((db) => db.query(`ALTER DATABASE ${name} RENAME TO "${target.name}_away"`));
    expect(await anew()).toMatchObject(failed);
    await admin((db) => db.query(`ALTER DATABASE "${target.name}_away" RENAME TO ${name}`));
    expect(await anew()).toMatchObject({ status: 'success', tables_different: 0 });

    const exchanging = await comparisonHeldUp(service, id, 'users');
    const { body } = await client.post(`/backups/restores/${id}/promote`);
    expect(await client.run(body.restore_id)).toMatchObject({ status: 'success' });
    await exchanging.isGone;
    const stays = await exchanging.end();
    expect(stays).toMatchObject(failed);
    // There is nothing any more to compare it with.
    expect((await client.get(`/backups/restores/${id}/comparison?refresh=true`)).body).toEqual({ item: stays });
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
      await service.stop();
      started.splice(0);
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
      await service.stop();
      started.splice(0);
      for (const database of await databasesOf(service))
        await admin((client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE)`));
      await admin((client) => client.query(`DROP ROLE IF EXISTS ${ids[0]}`));
    }
  });
});

describe('a rehearsal', () => {
  it('loads the backup, leaves nothing, and proves the system restorable', async () => {
    const service = await start({ demo: true });
    expect(await integrity(service)).toMatchObject({
      status: 'warning',
      overdue: true,
      last_error_i18n_key: 'backups.integrity.noBackups',
    });
    const none = await service.client.post('/backups/integrity/run');
    expect([none.status, none.body.error.code, none.body.error.i18n_key]).toEqual([
      409,
      'backups.not_ready',
      'backups.integrity.noBackups',
    ]);

    const backup = await service.client.backUp();
    expect(await integrity(service)).toMatchObject({
      status: 'warning',
      last_successful_backup_id: backup.id,
      last_error_i18n_key: 'backups.integrity.restoreTestMissing',
    });
    const before = await dumpOf(service.target.url);
    const run = await service.client.restore(backup.id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(run).toMatchObject({ status: 'success', dry_run: true, mode: 'rehearse' });
    expect(run.steps.map(({ name }) => name).slice(-3)).toEqual(['restore_database', 'verify_restored_data', 'finish']);
    expect(await dumpOf(service.target.url)).toEqual(before);
    expect(await databasesOf(service)).toEqual([service.target.name]);
    expect((await service.client.get(`/backups/${backup.id}`)).body.item.verified_at).toMatch(/Z$/);
    const proven = await integrity(service);
    expect(proven).toMatchObject({
      status: 'ok',
      overdue: false,
      last_restore_test_id: run.id,
      last_restore_test_status: 'success',
    });
    expect(proven.measured_restore_seconds).toBeGreaterThan(0);
    expect(proven).not.toHaveProperty('last_error_i18n_key');
  });

  itLong(
    'of an imported backup is made only when a person asks for it, and proves nothing of this installation',
    async () => {
      const service = await start();
      const made = await service.client.backUp();
      const file = await service.client.fetch('GET', `/backups/${made.id}/download`);
      const bytes = Buffer.from(await file.arrayBuffer());
      await service.client.delete(`/backups/${made.id}`);
      const answer = await service.client.upload([bytes]);
      const imported = (await answer.json()) as BackupImportedDto;
      expect(imported.warnings).toEqual([expect.stringContaining('restoring it trusts everyone who has the key')]);
      expect((await service.client.post('/backups/integrity/run')).status).toBe(409);
      await service.app.get(RestoreTestSchedule).look();
      expect((await service.client.get('/backups/restores')).body.total).toBe(0);
      const run = await service.client.restore(imported.item.id, { mode: 'rehearse' }, 'restore/dry-run');
      expect(run).toMatchObject({ status: 'success' });
      const noProof = await integrity(service);
      expect(noProof).toMatchObject({ status: 'warning', overdue: true });
      for (const field of ['last_proven_restorable_at', 'last_restore_test_id', 'measured_restore_seconds']) {
        expect(noProof).not.toHaveProperty(field);
      }
      // Nor does it after it was removed.
      await service.client.delete(`/backups/${imported.item.id}`);
      expect(await integrity(service)).not.toHaveProperty('last_proven_restorable_at');
      const own = await service.client.backUp();
      await service.client.upload([bytes]);
      const { body } = await service.client.post('/backups/integrity/run');
      expect(await service.client.run(body.restore_id)).toMatchObject({ status: 'success', artifact_id: own.id });
      expect(await integrity(service)).toMatchObject({ status: 'ok', last_restore_test_backup_id: own.id });
    },
  );

  itLong('is run on schedule, once, and shows it when it failed', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_RESTORE_TEST_INTERVAL_HOURS: '2' } });
    const schedule = service.app.get(RestoreTestSchedule);
    await schedule.look();
    expect((await service.client.get('/backups/restores')).body.total).toBe(0);
    await service.client.backUp();
    await schedule.look();
    await service.idle();
    await schedule.look();
    await service.idle();
    const { body } = await service.client.get<{ items: { requested_by: string; mode: string }[] }>('/backups/restores');
    expect(body.items).toMatchObject([{ requested_by: 'scheduler', mode: 'rehearse', status: 'success' }]);

    const earlier = new Date(Date.now() - 3 * HOUR_MS);
    await setRows(service, RestoreRunEntity, { createdAt: earlier, finishedAt: earlier });
    expect(await integrity(service)).toMatchObject({
      status: 'warning',
      overdue: true,
      last_error_i18n_key: 'backups.integrity.restoreTestStale',
    });
    await setRows(service, BackupEntity, { checksum: '0'.repeat(64) });
    await schedule.look();
    await service.idle();
    expect(await integrity(service)).toMatchObject({
      status: 'failed',
      last_error_i18n_key: 'backups.integrity.restoreTestFailed',
    });
    // To keep the database takes more than a test does.
    await setRows(service, RestoreRunEntity, { keepHours: 2 }, { status: 'failed' });
    expect(await integrity(service)).toMatchObject({ last_error_i18n_key: 'backups.integrity.restoreTestStale' });
  });

  itLong('may be only a verification', async () => {
    const service = await start();
    const backup = await service.client.backUp();
    const { status, body } = await service.client.post(`/backups/${backup.id}/verify`);
    expect(status).toBe(202);
    expect(await service.client.run(body.restore_id)).toMatchObject({
      status: 'success',
      dry_run: true,
      mode: 'verify',
    });
  });
});

describe('an older backup', () => {
  const version = (service: TestService, number: number) =>
    sql(
      service,
      `CREATE TABLE IF NOT EXISTS goose_db_version (id serial, version_id bigint, is_applied boolean, tstamp timestamp);
       INSERT INTO goose_db_version (version_id, is_applied) VALUES (${number}, true)`,
    );

  it('is migrated before it takes the place of the target', async () => {
    const command = `"$PSQL" -v ON_ERROR_STOP=1 -c 'CREATE TABLE made_by_migration (); INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)'`;
    const service = await start({
      environment: {
        BERKUT_BACKUP_MIGRATE_COMMAND: command.replace('"$PSQL"', join(testCluster().binDirectory, 'psql')),
      },
    });
    await version(service, 1);
    const backup = await service.client.backUp();
    expect(backup.meta_json.goose_db_version).toBe(1);
    await version(service, 2);
    const run = await service.client.restore(backup.id);
    expect(run.steps.find(({ name }) => name === 'run_migrations_if_needed')?.status).toBe('success');
    expect((await sql(service, 'SELECT FROM made_by_migration')).rowCount).toBe(0);
  });

  itLong('is not restored when its migration fails', async () => {
    const service = await start({ environment: { BERKUT_BACKUP_MIGRATE_COMMAND: 'echo no >&2; exit 3' } });
    await version(service, 1);
    const backup = await service.client.backUp();
    await version(service, 2);
    const before = await dumpOf(service.target.url);
    const run = await service.client.restore(backup.id);
    expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.migration_failed' });
    expect(await dumpOf(service.target.url)).toEqual(before);
    expect(await databasesOf(service)).toEqual([service.target.name]);
  });

  it('is taken, and a newer one refused', async () => {
    const service = await start();
    await version(service, 5);
    const backup = await service.client.backUp();
    await sql(service, 'DELETE FROM goose_db_version');
    await version(service, 4);
    const run = await service.client.restore(backup.id);
    expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
    expect(run.steps.find(({ status }) => status === 'failed')?.details).toMatchObject({
      problems: ["the backup's schema version 5 is newer than the target's 4"],
      findings: [{ code: 'target.older_schema', severity: 'problem', names: { backup: 5, target: 4 } }],
    });
  });
});

describe('a file of version 1', () => {
  itLong('is verified, rehearsed and restored', async () => {
    const vector = join(__dirname, '../vectors/version1.bscc');
    const service = await start({
      environment: { BACKUP_ENCRYPTION_KEY: '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317' },
    });
    const bytes = await readFile(vector);
    await mkdir(service.storagePath, { recursive: true });
    await copyFile(vector, join(service.storagePath, 'old.bscc'));
    await service.query(
      `INSERT INTO backups (id, source, trigger, status, scope, include_files, requested_by, storage_name, size_bytes, checksum, created_at, updated_at, finished_at)
       VALUES (1, 'imported', 'import', 'success', '{ALL}', false, 'x', 'old.bscc', $1, $2, now(), now(), now())`,
      [bytes.length, createHash('sha256').update(bytes).digest('hex')],
    );
    for (const mode of ['verify', 'rehearse']) {
      expect(await service.client.restore(1, { mode }, 'restore/dry-run')).toMatchObject({ status: 'success', mode });
    }
    expect(await service.client.restore(1)).toMatchObject({
      status: 'success',
      meta_json: { manifest: { format: 1, label: 'SAMPLE' } },
    });
    const { rows } = await sql(
      service,
      'SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM docs) AS docs, (SELECT count(*)::int FROM tasks) AS tasks',
    );
    expect(rows).toEqual([{ users: 25, docs: 400, tasks: 1000 }]);

    // A table of the scope that the old file does not know is left alone.
    await sql(
      service,
      `DROP TABLE IF EXISTS task_spaces CASCADE; CREATE TABLE task_spaces (id int); INSERT INTO task_spaces VALUES (1), (2)`,
    );
    await sql(service, `UPDATE tasks SET title = 'x'`);
    expect(
      await service.client.restore(1, { scope: ['tasks'], skip_safety_backup_reason: 'only a test of this' }),
    ).toMatchObject({
      status: 'success',
      strategy: 'scoped',
    });
    expect(
      (
        await sql(
          service,
          `SELECT (SELECT count(*)::int FROM task_spaces) AS spaces, (SELECT count(*)::int FROM tasks WHERE title = 'x') AS x`,
        )
      ).rows,
    ).toEqual([{ spaces: 2, x: 0 }]);
  });
});
