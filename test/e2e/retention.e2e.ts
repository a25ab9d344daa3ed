import { copyFile, mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SchedulerRegistry } from '@nestjs/schedule';
import { In } from 'typeorm';
import { BackupRecovery } from '../../src/backups/make/backup-recovery';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { BackupsService } from '../../src/backups/catalogue/backups.service';
import { Storage, StorageError } from '../../src/engine/storage/storage';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import type { PlanPreviewDto } from '../../src/plan/plan-preview.dto';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { RetentionService } from '../../src/plan/retention.service';
import { startTestService, type TestService } from '../support/app';
import { makeSweepDue, markRemoving, setPlan, setRows } from '../support/rows-of';

let service: TestService;
/** A real backup: its row, and its container out of retention's reach. */
let made: { row: string; path: string };
beforeAll(async () => {
  service = await startTestService();
  // The tests recover when it suits them; the service would do it every few seconds, also in the middle of a test.
  service.app.get(SchedulerRegistry).deleteInterval('backup_recovery');
  const { id, filename = '' } = await service.client.backUp();
  const path = join(service.storagePath, '..', 'made.bscc');
  await rename(join(service.storagePath, filename), path);
  const [row] = await service.query('SELECT to_jsonb(b)::text AS row FROM backups b WHERE id = $1', [id]);
  made = { row: String(row?.['row']), path };
});
beforeEach(async () => {
  await service.query('DELETE FROM backups');
  await setPlan(service, {
    enabled: false,
    retentionDays: 30,
    keepLastSuccessful: 5,
    retentionAsOf: null,
    lastRetentionAt: new Date(),
  });
  await rm(service.storagePath, { recursive: true, force: true });
  await mkdir(service.storagePath);
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => service.stop());

let drawn = 1000;
/** A backup that looks so many days old. */
const backUp = async (ageDays: number, changes: Record<string, unknown> = {}): Promise<number> => {
  const id = (drawn += 1);
  const name = `berkut-scc_${id}.bscc`;
  await copyFile(made.path, join(service.storagePath, name));
  await service.query(
    `INSERT INTO backups SELECT * FROM jsonb_populate_record(NULL::backups,
       $1::jsonb || jsonb_build_object('id', $2::int, 'storage_name', $3::text, 'trigger', 'scheduled',
         'created_at', now() - $4 * interval '1 day') || $5::jsonb)`,
    [made.row, id, name, ageDays, JSON.stringify(changes)],
  );
  return id;
};
const ids = async (): Promise<number[]> => (await service.client.get('/backups')).body.items.map(({ id }) => id);
const files = async (): Promise<number> =>
  (await readdir(service.storagePath)).filter((name) => name.startsWith('berkut-scc_')).length;
const fileOf = async (id: number): Promise<string> => {
  const [row] = await service.query('SELECT storage_name FROM backups WHERE id = $1', [id]);
  return join(service.storagePath, String(row?.['storage_name']));
};
const recordsOf = (id: number): Promise<unknown[]> =>
  service.query(
    `SELECT result FROM audit_records
      WHERE action = 'backups.retention.deleted' AND (details->>'backup_id')::int = $1 ORDER BY seq`,
    [id],
  );
const sweep = async (): Promise<void> => {
  await makeSweepDue(service);
  await service.app.get(PlanTicker).tick();
};
const preview = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await service.client.get<PlanPreviewDto>('/backups/plan/preview')).body.retention.map((one) => [
      String(one.backup_id),
      `${one.decision} ${one.reason}`,
    ]),
  );

describe('retention', () => {
  it('removes what the preview says, row and file, and leaves a record of each', async () => {
    const [newest, old, older, pinned] = [
      await backUp(1),
      await backUp(40),
      await backUp(50),
      await backUp(60, { pinned: true }),
    ];
    await setPlan(service, { keepLastSuccessful: 1 });
    expect(await preview()).toEqual({
      [newest]: 'keep recent',
      [old]: 'remove expired',
      [older]: 'remove expired',
      [pinned]: 'keep pinned',
    });
    await sweep();
    expect((await ids()).sort()).toEqual([newest, pinned].sort());
    expect(await files()).toBe(2);
    const records = await service.query(
      `SELECT actor, result, details FROM audit_records WHERE action = 'backups.retention.deleted' ORDER BY seq`,
    );
    expect(records).toEqual(
      [older, old].map((id) => ({
        actor: 'scheduler',
        result: 'success',
        details: { backup_id: id, reason: 'expired', filename: expect.any(String) as string },
      })),
    );
    await sweep();
    expect((await ids()).sort()).toEqual([newest, pinned].sort());
  });

  it('leaves alone what a client reads, on any replica, and takes it the next time', async () => {
    const replica = await startTestService({ beside: service });
    try {
      const newest = await backUp(1);
      const old = await backUp(40);
      await setPlan(service, { keepLastSuccessful: 1 });
      const release = await replica.app.get(LockService).tryRead(lockName.backupFile(old));
      expect(await preview()).toMatchObject({ [old]: 'keep in_use' });
      await sweep();
      expect(await ids()).toEqual([newest, old]);
      await release?.();
      await sweep();
      expect(await ids()).toEqual([newest]);
    } finally {
      await replica.stop();
    }
  });

  it('goes on when one cannot be removed', async () => {
    await backUp(1);
    const [stuck, old] = [await backUp(40), await backUp(50)];
    await service.query('CREATE TABLE holder (id bigint REFERENCES backups (id))');
    await service.query('INSERT INTO holder VALUES ($1)', [stuck]);
    await sweep();
    await service.query('DROP TABLE holder');
    expect(await service.query('SELECT id FROM backups WHERE id = $1', [old])).toEqual([]);
    expect(await recordsOf(old)).toEqual([{ result: 'success' }]);
    expect(await recordsOf(stuck)).toEqual([{ result: 'failed' }]);
  });

  it('ends when two in a row cannot be removed because their storage is away', async () => {
    await backUp(1);
    for (const days of [40, 50, 60]) await backUp(days);
    await setPlan(service, { enabled: true, keepLastSuccessful: 1 });
    const storage = service.app.get(Storage);
    const remove = jest.spyOn(storage, 'remove').mockRejectedValue(new StorageError('unavailable'));
    const tryOut = jest.spyOn(storage, 'tryOut').mockRejectedValue(new StorageError('unavailable'));
    const sweepOnce = () => service.app.get(RetentionService).sweep(() => Promise.resolve(false));
    const { failures, isWhole } = await sweepOnce();
    expect([remove.mock.calls.length, failures, isWhole]).toEqual([2, 2, true]);
    tryOut.mockRestore();
    expect(await ids()).toHaveLength(2);
    await service.app.get(BackupRecovery).recover();
    // Neighbours that are damaged do not stop the others.
    expect((await sweepOnce()).failures).toBe(3);
    remove.mockRestore();
    await service.app.get(BackupRecovery).recover();
    await sweep();
    expect(await ids()).toHaveLength(1);
  });

  it('asks a storage that is away no more than three times before it removes anything', async () => {
    for (const days of [1, 40, 50, 60]) await backUp(days);
    const stat = jest.spyOn(service.app.get(Storage), 'stat').mockRejectedValue(new StorageError('unavailable'));
    const sweeping = service.app.get(RetentionService).sweep(() => Promise.resolve(false));
    await expect(sweeping).rejects.toMatchObject({ fault: 'unavailable' });
    expect(stat).toHaveBeenCalledTimes(3);
    stat.mockClear();
    // A preview says what it would be if the files are as they were.
    await preview();
    expect(stat).toHaveBeenCalledTimes(3);
    stat.mockRestore();
  });

  it('finishes the removal whose process died when the file was gone, and records it once', async () => {
    const kept = await backUp(1);
    const gone = await backUp(40);
    await markRemoving(service, 'retention', { id: gone });
    await rm(await fileOf(gone));
    expect((await service.client.get('/backups')).body).toMatchObject({ total: 1, items: [{ id: kept }] });
    expect((await service.client.get(`/backups/${gone}`)).status).toBe(404);
    expect((await service.client.delete(`/backups/${gone}`)).status).toBe(404);
    await service.app.get(BackupRecovery).recover();
    await service.app.get(BackupRecovery).recover();
    expect(await service.query('SELECT id FROM backups')).toEqual([{ id: String(kept) }]);
    expect((await service.client.get('/backups')).body.total).toBe(1);
    expect(await recordsOf(gone)).toEqual([{ result: 'success' }]);
    const [record] = await service.query(
      `SELECT details FROM audit_records WHERE action = 'backups.retention.deleted' ORDER BY seq DESC LIMIT 1`,
    );
    expect(record?.['details']).toEqual({
      backup_id: gone,
      filename: expect.stringMatching(/\.bscc$/) as string,
      recovered: true,
    });
  });

  it.each(['retention', 'caller'] as const)(
    'takes a mark of %s off a backup whose file is there, pinned or not',
    async (by) => {
      await backUp(1);
      const marked = [await backUp(40), await backUp(50, { pinned: true })];
      await markRemoving(service, by, { id: In(marked) });
      await service.app.get(BackupRecovery).recover();
      expect(await ids()).toEqual(expect.arrayContaining(marked));
      expect(await files()).toBe(3);
      // What has expired goes with the next sweep.
      await sweep();
      expect(await ids()).not.toContain(marked[0]);
      expect(await ids()).toContain(marked[1]);
    },
  );

  it('leaves the row until its removal is in the log', async () => {
    await backUp(1);
    const gone = await backUp(40);
    await service.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON audit_records FOR EACH ROW
        WHEN (new.action = 'backups.retention.deleted' AND new.result = 'success') EXECUTE FUNCTION refuse()`);
    await sweep();
    expect(await service.query('SELECT removing FROM backups WHERE id = $1', [gone])).toEqual([
      { removing: 'retention' },
    ]);
    await service.query('DROP TRIGGER refuse ON audit_records');
    await service.app.get(BackupRecovery).recover();
    expect(await recordsOf(gone)).toEqual([{ result: 'failed' }, { result: 'success' }]);
  });

  it.each<[string, (newest: number, next: number) => Promise<unknown>]>([
    ['one that it counted on is deleted', (newest) => service.client.delete(`/backups/${newest}`)],
    ['it is pinned', (_, next) => service.client.send('PATCH', `/backups/${next}`, JSON.stringify({ pinned: true }))],
    ['it is rehearsed', (_, next) => service.app.get(BackupsService).markVerified(next)],
    ['the plan keeps more', () => service.client.send('PUT', '/backups/plan', JSON.stringify({ retention_days: 300 }))],
    ['the plan is turned off', () => service.client.post('/backups/plan/disable')],
  ])('spares one when in the middle of a sweep %s', async (_, change) => {
    const [newest, next, oldest] = [await backUp(1), await backUp(40), await backUp(50)];
    await setPlan(service, { enabled: true, keepLastSuccessful: 1 });
    let isChanged = false;
    const { isWhole } = await service.app.get(RetentionService).sweep(async () => {
      if (!isChanged && !(await ids()).includes(oldest)) {
        isChanged = true;
        await change(newest, next);
      }
      return false;
    });
    expect([isChanged, isWhole]).toEqual([true, true]);
    expect(await ids()).toContain(next);
    expect(await ids()).not.toContain(oldest);
  });

  it('does not remove what is pinned between the last look and the removal', async () => {
    const id = await backUp(40);
    const isStillTrue = async (): Promise<boolean> => {
      await service.client.send('PATCH', `/backups/${id}`, JSON.stringify({ pinned: true }));
      return true;
    };
    await expect(service.app.get(BackupsService).expire(id, { reason: 'expired', isStillTrue })).rejects.toMatchObject({
      code: 'backups.file_busy',
    });
    expect(await ids()).toEqual([id]);
    await setRows(service, BackupEntity, { removing: 'retention', pinned: false }, { id });
    expect((await service.client.send('PATCH', `/backups/${id}`, JSON.stringify({ pinned: true }))).status).toBe(404);
  });

  it('stops when maintenance begins, and goes on after it', async () => {
    await backUp(1);
    for (const days of [40, 50, 60]) await backUp(days);
    // The first removal turns maintenance on.
    await service.query(`
      CREATE FUNCTION enter() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN UPDATE maintenance SET restore_id = 1, since = now(); RETURN NULL; END $$;
      CREATE TRIGGER enter AFTER DELETE ON backups EXECUTE FUNCTION enter()`);
    await sweep();
    expect(await files()).toBe(3);
    await service.query('DROP TRIGGER enter ON backups');
    await service.app.get(MaintenanceService).exit(1);
    await service.app.get(PlanTicker).tick();
    expect(await files()).toBe(1);
  });

  it('removes nothing in maintenance, nor while the plan is off', async () => {
    await backUp(1);
    await backUp(40);
    await service.app.get(PlanTicker).tick();
    expect(await files()).toBe(2);
    await service.app.get(MaintenanceService).enter(1);
    await sweep();
    expect(await files()).toBe(2);
    await service.app.get(MaintenanceService).exit(1);
    await sweep();
    expect(await files()).toBe(1);
  });

  it.each<[string, string, (path: string) => Promise<void>]>([
    ['is gone', 'backups.file_missing', (path) => rm(path)],
    ['was cut off', 'backups.checksum_mismatch', (path) => truncate(path, 100)],
  ])('does not count a backup whose file %s, as the preview says', async (_, code, harm) => {
    const [lost, old, older] = [await backUp(1), await backUp(40), await backUp(50)];
    await harm(await fileOf(lost));
    await setPlan(service, { keepLastSuccessful: 1 });
    expect(await preview()).toEqual({
      [lost]: 'keep recent',
      [old]: 'keep among_the_last',
      [older]: 'remove expired',
    });
    await sweep();
    expect(await ids()).toEqual([lost, old]);
    expect((await service.client.get(`/backups/${lost}`)).body.item).toMatchObject({
      status: 'success',
      error_code: code,
    });
  });

  it('does not count a backup that no key opens', async () => {
    const [locked, old] = [await backUp(1, { key_id: 'ffffffffffffffff' }), await backUp(40)];
    await sweep();
    expect(await ids()).toEqual([locked, old]);
  });

  it('removes nothing when the storage is not there, and has everything again when it is', async () => {
    const all = [await backUp(40), await backUp(50), await backUp(60)];
    await rename(service.storagePath, `${service.storagePath}.away`);
    await sweep();
    expect(await ids()).toEqual(all);
    await rename(`${service.storagePath}.away`, service.storagePath);
    await sweep();
    expect(await ids()).toEqual([all[0]]);
    expect((await service.client.get(`/backups/${all[0]}`)).body.item).not.toHaveProperty('error_code');
  });

  it('takes what it cannot look at for what it was', async () => {
    for (const days of [1, 40]) await backUp(days);
    await backUp(50, { file_fault: 'missing' });
    await rename(service.storagePath, `${service.storagePath}.away`);
    // Every question is answered with an error that is not "there is none".
    await writeFile(service.storagePath, '');
    await sweep();
    expect(await service.query('SELECT file_fault FROM backups ORDER BY id')).toEqual([
      { file_fault: null },
      { file_fault: null },
      { file_fault: 'missing' },
    ]);
    // Neither does it keep the service from starting.
    const environment = { BERKUT_SCHEDULER_ENABLED: 'true' };
    await (await startTestService({ beside: service, environment })).stop();
  });

  it('clears rows of failures while the plan is off, and nothing else', async () => {
    const good = await backUp(90);
    const failed = await backUp(80, { status: 'failed' });
    await backUp(70, { status: 'failed' });
    await setPlan(service, { lastRetentionAt: null });
    await service.app.get(PlanTicker).tick();
    expect(await ids()).not.toContain(failed);
    expect(await ids()).toContain(good);
  });
});
