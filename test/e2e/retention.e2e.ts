import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RescanDto } from '../../src/backups/backups.dto';
import { BackupRecovery } from '../../src/backups/backup-recovery';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import type { PlanPreviewDto } from '../../src/plan/plan.dto';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { startTestService, type TestService } from '../support/app';
import { containerOf, testKey, ZSTD } from '../support/containers';

let service: TestService;
beforeEach(async () => {
  service = await startTestService();
});
afterEach(() => service.stop());

/** Makes a backup that looks so many days old. */
const backUp = async (ageDays: number, changes = ''): Promise<number> => {
  const { id } = await service.client.backUp();
  await service.query(
    `UPDATE backups SET created_at = now() - $1 * interval '1 day', trigger = 'scheduled' ${changes} WHERE id = $2`,
    [ageDays, id],
  );
  return id;
};
const ids = async (): Promise<number[]> => (await service.client.get('/backups')).body.items.map(({ id }) => id);
const files = async (): Promise<number> =>
  (await readdir(service.storagePath)).filter((name) => name.startsWith('berkut-scc_')).length;
const sweep = async (): Promise<void> => {
  await service.query(
    `UPDATE plan SET enabled = true, keep_last_successful = 1, effective_from = now(), last_retention_at = NULL`,
  );
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
      await backUp(60, ', pinned = true'),
    ];
    await service.query('UPDATE plan SET keep_last_successful = 1');
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
        actor: 'service',
        result: 'success',
        details: { backup_id: id, reason: 'expired', filename: expect.any(String) as string },
      })),
    );
    await sweep();
    expect((await ids()).sort()).toEqual([newest, pinned].sort());
  });

  it('leaves alone what somebody reads, on any replica, and takes it the next time', async () => {
    const replica = await startTestService({ beside: service });
    try {
      const newest = await backUp(1);
      const old = await backUp(40);
      await service.query('UPDATE plan SET keep_last_successful = 1');
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
    const results = await service.query(
      `SELECT result, details->>'error_code' AS code FROM audit_records WHERE action = 'backups.retention.deleted' ORDER BY seq`,
    );
    expect(results).toEqual([
      { result: 'success', code: null },
      { result: 'failed', code: 'backups.internal' },
    ]);
  });

  it('finishes the removal that a process died in', async () => {
    const kept = await backUp(1);
    const gone = await backUp(40);
    await service.query(`UPDATE backups SET removing = 'retention' WHERE id = $1`, [gone]);
    expect((await service.client.get('/backups')).body).toMatchObject({ total: 1, items: [{ id: kept }] });
    expect((await service.client.get(`/backups/${gone}`)).status).toBe(404);
    expect((await service.client.delete(`/backups/${gone}`)).status).toBe(404);
    await service.app.get(BackupRecovery).recover();
    expect(await service.query('SELECT id FROM backups')).toEqual([{ id: String(kept) }]);
    expect(await files()).toBe(1);
    expect((await service.client.get('/backups')).body.total).toBe(1);
    const [record] = await service.query(
      `SELECT details FROM audit_records WHERE action = 'backups.retention.deleted' ORDER BY seq DESC LIMIT 1`,
    );
    expect(record?.['details']).toEqual({ backup_id: gone, recovered: true });
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

  it('does not count a backup whose file is gone', async () => {
    const lost = await backUp(1);
    const old = await backUp(40);
    const [name = ''] = (await service.query('SELECT storage_name FROM backups WHERE id = $1', [lost])).map((row) =>
      String(row['storage_name']),
    );
    await rm(join(service.storagePath, name));
    await sweep();
    expect(await ids()).toEqual([lost, old]);
    expect((await service.client.get(`/backups/${lost}`)).body.item).toMatchObject({
      status: 'success',
      error_code: 'backups.file_missing',
    });
  });
});

describe('a rescan', () => {
  const rescan = async (): Promise<RescanDto> => (await service.client.send<RescanDto>('POST', '/backups/rescan')).body;

  it('makes a lost catalogue anew from the files, and they restore', async () => {
    const first = await service.client.backUp({ label: 'first' });
    await service.client.backUp();
    await service.query('DELETE FROM backups');
    const { adopted, missing, unreadable } = await rescan();
    expect([adopted.length, missing, unreadable]).toEqual([2, [], []]);
    const found = adopted.find(({ meta_json: meta }) => meta.backup_label === 'first');
    expect(found).toMatchObject({
      checksum: first.checksum,
      size_bytes: first.size_bytes,
      filename: first.filename,
      source: 'local',
      status: 'success',
    });
    expect(Math.abs(Date.parse(found?.created_at ?? '') - Date.parse(first.created_at))).toBeLessThan(60_000);
    expect(await service.client.restore(found?.id ?? 0)).toMatchObject({ status: 'success' });
    expect((await rescan()).adopted).toEqual([]);
  });

  it('leaves what is not ours, follows no link, and says what it could not take', async () => {
    await service.client.backUp();
    const put = (name: string, bytes: Buffer): Promise<void> => writeFile(join(service.storagePath, name), bytes);
    const container = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from('x') }],
      testKey(2),
    );
    await put('other-key.bscc', container);
    await put('broken.bscc', Buffer.from('BSCC'));
    await put('notes.txt', Buffer.from('shopping'));
    await mkdir(join(service.storagePath, 'directory.bscc'));
    await symlink('/etc/passwd', join(service.storagePath, 'link.bscc'));
    const { adopted, unreadable } = await rescan();
    expect(adopted).toEqual([]);
    expect(unreadable).toEqual([
      { filename: 'broken.bscc', error_code: 'backups.invalid_format' },
      { filename: 'other-key.bscc', error_code: 'backups.decrypt_failed' },
    ]);
    expect((await readdir(service.storagePath)).length).toBe(6);
  });

  it('tells which files are gone, and takes it back when they are there again', async () => {
    const backup = await service.client.backUp();
    const path = join(service.storagePath, backup.filename ?? '');
    await rename(path, `${path}.away`);
    expect((await rescan()).missing).toEqual([backup.id]);
    await rename(`${path}.away`, path);
    expect(await rescan()).toMatchObject({ missing: [], adopted: [] });
    expect((await service.client.get(`/backups/${backup.id}`)).body.item).not.toHaveProperty('error_code');
  });

  it('is for those who may import', async () => {
    expect((await (await service.as('auditor')).send('POST', '/backups/rescan')).status).toBe(403);
  });
});
