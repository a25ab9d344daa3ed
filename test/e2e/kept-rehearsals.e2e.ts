import { databaseOids } from '../../src/engine/postgres/database/staging';
import { HOUR_MS } from '../../src/kernel/clock/durations';
import { RestoreRecovery } from '../../src/restore/run/restore-recovery';
import type { ComparisonDto } from '../../src/restore/http/comparison.dto';
import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import { holdDatabase } from '../faults/hold-database';
import { startTestService, type TestService } from '../support/app';
import { changedSinceBackup } from '../support/changed-since-backup';
import { testCluster, withClient } from '../support/cluster';
import { comparisonHeldUp, comparisonOf } from '../support/comparisons';
import { databasesOf } from '../support/databases-of';
import { dumpOf } from '../support/dump-of';

describe('a rehearsal that keeps its database', () => {
  const [reader, writer] = [`reader_${process.pid}`, `writer_${process.pid}`];
  const keep = { mode: 'rehearse', keep_hours: 2 };
  let service: TestService;
  let target: Awaited<ReturnType<typeof changedSinceBackup>>;
  beforeAll(async () => {
    await admin(`CREATE ROLE ${reader} LOGIN PASSWORD 'pw'; CREATE ROLE ${writer} CREATEROLE`);
    service = await startTestService({
      small: true,
      environment: { BERKUT_BACKUP_SCRATCH_READERS: `${reader}, no_such_${reader}, ${writer}` },
    });
    target = await changedSinceBackup(service);
  });
  afterAll(async () => {
    await service.stop();
    await admin(`DROP ROLE ${reader}, ${writer}`);
  });

  const admin = (text: string) => withClient(testCluster().adminUrl, (db) => db.query(text));
  const sql = (text: string) => withClient(service.target.url, (db) => db.query(text));
  const asReader = (database: string, text: string) =>
    withClient(testCluster().url(database, reader, 'pw'), (db) => db.query(text));
  /** Number of roles through which the reader gets into databases. */
  const doorsOfReader = async () =>
    (await admin(`SELECT FROM pg_auth_members WHERE member = '${reader}'::regrole`)).rowCount;
  const post = (id: number, what: string, body?: object) =>
    service.client.post(`/backups/restores/${id}/${what}`, body);
  const scratchOf = (id: number): string => `${service.target.name}_rehearsal_${id}`;

  const rehearse = async (): Promise<RestoreRunDto> => {
    const run = await service.client.restore(target.backup.id, keep, 'restore/dry-run');
    expect(run).toMatchObject({ status: 'success', scratch_database: scratchOf(run.id) });
    expect(Date.parse(run.kept_until ?? '')).toBeGreaterThan(Date.now() + HOUR_MS);
    expect(await databasesOf(service)).toContain(run.scratch_database);
    return run;
  };
  /** Its database is gone, and callers can do nothing more with it. */
  const expectGone = async (id: number): Promise<void> => {
    for (const what of ['promote', 'discard']) {
      const { status, body } = await post(id, what);
      expect([what, status, body.error.code]).toEqual([what, 409, 'backups.not_ready']);
    }
    const { body } = await service.client.get<{ item: object }>(`/backups/restores/${id}`);
    expect(body.item).not.toHaveProperty('scratch_database');
    expect(await databasesOf(service)).not.toContain(scratchOf(id));
  };

  // One rehearsal for all: each test leaves it kept and the target as it was, until the last one promotes it.
  describe('while it is kept', () => {
    let kept: RestoreRunDto;
    beforeAll(async () => {
      kept = await rehearse();
    });
    // Refused when it has been promoted.
    afterAll(() => post(kept.id, 'discard'));

    it('lets in the roles that can only read, and says why it refuses the others', async () => {
      expect(kept).toMatchObject({
        scratch_readers: [reader],
        scratch_readers_refused: [
          { role: `no_such_${reader}`, code: 'reader.unknown' },
          { role: writer, code: 'reader.may_write' },
        ],
      });
      const scratch = scratchOf(kept.id);
      expect((await asReader(scratch, 'SELECT count(*)::int FROM task_tags')).rows[0]).not.toEqual({ count: 0 });
      await expect(asReader(scratch, 'DELETE FROM task_tags')).rejects.toThrow('permission denied');
    });

    it('keeps a second one from being made', async () => {
      const another = await service.client.post(`/backups/${target.backup.id}/restore/dry-run`, keep);
      expect([another.status, another.body.error.details?.['in_the_way']]).toEqual([
        409,
        { kind: 'rehearse', id: kept.id },
      ]);
    });

    it('leaves the target as it is, even when invalid requests follow', async () => {
      for (const refused of [{ keep_hours: 2 }, { ...keep, keep_hours: 169 }]) {
        const { status } = await service.client.post(`/backups/${target.backup.id}/restore/dry-run`, refused);
        expect(status).toBe(400);
      }
      expect((await post(kept.id, 'promote', { confirm: 'another' })).status).toBe(400);
      expect(await dumpOf(service.target.url)).toEqual(target.second);
    });

    describe('its comparison with the target', () => {
      const path = (): string => `/backups/restores/${kept.id}/comparison`;
      beforeAll(() => sql(`INSERT INTO task_tags (id, name, color) VALUES (900001, 'new', '#fff')`));
      afterAll(() => sql('DELETE FROM task_tags WHERE id = 900001'));

      it('names each table and column that differs', async () => {
        const begun = await service.client.get<{ item: ComparisonDto }>(path());
        expect([begun.status, begun.body.item.status]).toEqual([202, 'running']);
        const comparison = await comparisonOf(service, kept.id);
        expect(comparison).toMatchObject({
          restore_id: kept.id,
          tables_compared: comparison.tables_total,
          tables_different: 3,
        });
        expect(comparison.tables.slice(0, 3)).toEqual([
          { table: 'public.later', is_in: 'target', is_different: true, rows_in_target: 0, only_in_target: 0 },
          expect.objectContaining({
            table: 'public.task_comments',
            rows_in_target: 0,
            only_in_target: 0,
            different: 0,
          }),
          expect.objectContaining({ table: 'public.task_tags', only_in_backup: 0, only_in_target: 1, different: 0 }),
        ]);
        expect(comparison.definitions).toEqual([
          { kind: 'column', table: 'public.later', name: 'id', state: 'only_in_target' },
        ]);
      });

      // Keys are values of rows, and the control database has them sealed.
      it('shows the keys of rows only to those who may read rows', async () => {
        const ofTags = await comparisonOf(service, kept.id, '?table=public.task_tags&limit=1');
        expect(ofTags.tables).toEqual([
          expect.objectContaining({ keys: { only_in_backup: [], only_in_target: [['900001']], different: [] } }),
        ]);
        const asAuditor = await service.as('auditor');
        const shown = await asAuditor.get<{ item: ComparisonDto }>(`${path()}?table=task_tags`);
        expect([shown.status, shown.body.item.tables[0]?.keys]).toEqual([200, undefined]);
      });

      it('answers a table that it does not have with those of similar names', async () => {
        await comparisonOf(service, kept.id);
        expect((await service.client.get(`${path()}?table=task_tgs`)).body.error).toMatchObject({
          code: 'backups.table_not_found',
          details: { similar: ['public.task_tags'] },
        });
      });

      it('is made anew when the process that made it has died', async () => {
        await comparisonOf(service, kept.id);
        // The row of a process that died says running, and its lock is free.
        await service.query(`UPDATE rehearsal_comparisons SET status = 'running' WHERE run_id = $1`, [kept.id]);
        expect(await comparisonOf(service, kept.id)).toMatchObject({ tables_different: 3 });
      });

      it('is made anew when a caller asks for it', async () => {
        expect(await comparisonOf(service, kept.id)).toMatchObject({ tables_different: 3 });
        await sql('DELETE FROM task_tags WHERE id = 900001');
        expect((await service.client.get(`${path()}?refresh=true`)).status).toBe(202);
        expect(await comparisonOf(service, kept.id)).toMatchObject({ tables_different: 2 });
      });
    });

    it('is not promoted when its row names another database', async () => {
      const oids = await withClient(testCluster().adminUrl, (db) =>
        databaseOids(db, [scratchOf(kept.id), service.control.name]),
      );
      const setIncoming = (database: string) =>
        service.query(
          `UPDATE restore_runs SET journal = journal || jsonb_build_object('incoming', $2::text, 'incomingOid', $3::text) WHERE id = $1`,
          [kept.id, database, oids.get(database)],
        );
      await setIncoming(service.control.name);
      expect((await post(kept.id, 'promote')).status).toBe(409);
      await setIncoming(scratchOf(kept.id));
    });

    it('stays when its promotion is refused for a newer schema, but shuts out its readers', async () => {
      expect(await doorsOfReader()).toBe(1);
      await sql('INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, true)');
      const failed = await service.client.run((await post(kept.id, 'promote')).body.restore_id);
      expect(failed).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
      await sql('DELETE FROM goose_db_version WHERE version_id = 4711');
      await expect(asReader(scratchOf(kept.id), 'SELECT')).rejects.toThrow('permission denied for database');
      expect(await doorsOfReader()).toBe(0);
    });

    it('is open again after a promotion that failed once it was closed', async () => {
      const held = await holdDatabase(service.target.name);
      const closing = (await post(kept.id, 'promote')).body.restore_id;
      await held.waitedFor();
      // Another database has the name that the kept copy of the target would get.
      const stranger = await testCluster().createDatabase(`${service.target.name}_before_${closing}`);
      await held.release();
      expect(await service.client.run(closing)).toMatchObject({ status: 'failed' });
      await stranger.drop();
      await withClient(testCluster().url(scratchOf(kept.id)), (db) => db.query('SELECT'));
    });

    it('becomes the target, once, and is rolled back', async () => {
      const { id } = kept;
      await comparisonOf(service, id);
      const promotion = await service.client.run((await post(id, 'promote')).body.restore_id);
      expect(promotion).toMatchObject({ status: 'success', mode: 'promote', dry_run: false, strategy: 'swap' });
      expect(promotion.steps.map(({ name }) => name)).toEqual([
        ...['enter_maintenance', 'stop_background_jobs', 'swap_database', 'exit_maintenance', 'finish'],
      ]);
      expect(await dumpOf(service.target.url)).toEqual(target.first);
      await expectGone(id);
      // What it would have changed is still known, and cannot be compared anew.
      expect(await comparisonOf(service, id, '?refresh=true')).toMatchObject({ tables_different: 2 });
      const back = await service.client.run((await post(promotion.id, 'rollback')).body.restore_id);
      expect(back).toMatchObject({ status: 'success' });
      await expectGone(id);
    });
  });

  it('can be discarded while it is compared, and the comparison fails', async () => {
    const discarded = await rehearse();
    expect(discarded.scratch_readers).toEqual([reader]);
    const heldUp = await comparisonHeldUp(service, discarded.id, 'users');
    expect((await post(discarded.id, 'discard')).status).toBe(200);
    await expectGone(discarded.id);
    expect(await heldUp.end()).toMatchObject({ status: 'failed', error_code: 'backups.storage_unavailable' });
    expect(await doorsOfReader()).toBe(0);
  });

  it('is gone when its time is over, with the doors of its readers', async () => {
    const over = await rehearse();
    await service.query(`UPDATE restore_runs SET kept_until = now() - interval '1 minute' WHERE id = $1`, [over.id]);
    await service.app.get(RestoreRecovery).look();
    await expectGone(over.id);
    const never = await service.client.get(`/backups/restores/${over.id}/comparison`);
    expect([never.status, never.body.error.code]).toEqual([409, 'backups.not_ready']);
    expect(await doorsOfReader()).toBe(0);
  });
});
