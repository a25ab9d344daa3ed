import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { HOUR_MS } from '../../src/kernel/clock/durations';
import { RestoreTestSchedule } from '../../src/restore/integrity/restore-test-schedule';
import { RestoreRunEntity } from '../../src/restore/record/restore-run.entity';
import type { BackupImportedDto } from '../../src/backups/http/backups.dto';
import type { IntegrityDto } from '../../src/restore/http/integrity.dto';
import { itLong } from '../support/form';
import type { TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { databasesOf } from '../support/databases-of';
import { dumpOf } from '../support/dump-of';
import { setRows } from '../support/rows-of';
import { servicesOfEachTest } from '../support/started-services';

const { start } = servicesOfEachTest();

const sql = (service: TestService, text: string) => withClient(service.target.url, (db) => db.query(text));
const integrity = async (service: TestService): Promise<IntegrityDto> =>
  (await service.client.get<{ item: IntegrityDto }>('/backups/integrity')).body.item;

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
