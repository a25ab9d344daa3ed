import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { BackupFiles } from '../../src/backups/catalogue/backup-files';
import { Healer } from '../../src/backups/copies/healer';
import { StorageCheck } from '../../src/backups/storage-check/storage-check.service';
import { FurtherStorages } from '../../src/kernel/storage/further-storages';
import { MissingFiles } from '../../src/notices/missing-files';
import type { PlanPreviewDto } from '../../src/plan/plan-preview.dto';
import { RetentionService } from '../../src/plan/retention.service';
import { startTestService, type TestService } from '../support/app';
import { type CopiedBackup, CopiedBackups } from '../support/copied-backups';
import { bringBack, DirectoryStorages, takeAway } from '../support/directory-storages';
import { eventually } from '../support/eventually';
import { makeOlder, setPlan, setRows } from '../support/rows-of';

const sweep = async ({ app }: TestService): Promise<number> =>
  (await app.get(RetentionService).sweep(() => Promise.resolve(false))).failures;
const containers = async (path: string): Promise<string[]> =>
  (await readdir(path)).filter((name) => name.endsWith('.bscc')).sort();

describe('storages with a retention of their own', () => {
  const everywhere = 'first present, near present, far present';
  const inFarAlone = 'first expired, near expired, far present';
  let storages: DirectoryStorages;
  let service: TestService;
  let backups: CopiedBackups;
  let old: CopiedBackup;
  let middle: CopiedBackup;
  let young: CopiedBackup;
  let bytesOf: Map<CopiedBackup, Buffer>;
  beforeAll(async () => {
    storages = await DirectoryStorages.make('near', 'far');
    const keeps = { near: { days: 1, last: 1 }, far: { days: 365, last: 1 } };
    service = await startTestService({ environment: await storages.environment(keeps) });
    backups = new CopiedBackups(service.client);
    [old, middle, young] = [await backups.make(), await backups.make(), await backups.make()];
    bytesOf = new Map();
    for (const backup of [old, middle, young]) {
      bytesOf.set(backup, await readFile(join(service.storagePath, backup.filename)));
      await backups.untilPresent(backup.id, 'near', 'far');
    }
    await setPlan(service, { enabled: true, retentionDays: 30, keepLastSuccessful: 1, retentionAsOf: null });
  });
  afterAll(async () => {
    await service.stop();
    await storages.remove();
  });

  // Each test begins with all three in all places, whatever the one before has had removed.
  beforeEach(async () => {
    for (const [{ filename }, bytes] of bytesOf)
      for (const path of [service.storagePath, storages.place('near'), storages.place('far')])
        await writeFile(join(path, filename), bytes);
    await service.query(`UPDATE backup_files SET state = 'present'`);
    for (const [{ id }, days] of [
      [old, 100],
      [middle, 10],
      [young, 0],
    ] as const)
      await setRows(
        service,
        BackupEntity,
        { createdAt: () => `now() - interval '${days} days'`, verifiedAt: null, fileFault: null, firstExpiry: null },
        { id },
      );
  });

  it('have the preview tell of each backup what becomes of it where', async () => {
    const { retention } = (await service.client.get<PlanPreviewDto>('/backups/plan/preview')).body;
    const shown = retention.map(({ decision, reason, storages: files = [] }) => [
      `${decision} ${reason}`,
      ...files.map((one) => `${one.storage}: ${one.decision} ${one.reason}`),
    ]);
    expect(shown).toEqual([
      ['keep recent', 'first: keep recent', 'near: keep recent', 'far: keep recent'],
      ['keep recent', 'first: keep recent', 'near: remove expired', 'far: keep recent'],
      ['keep kept_elsewhere', 'first: remove expired', 'near: remove expired', 'far: keep recent'],
    ]);
  });

  it('lose what the preview says, of which the audit log tells', async () => {
    const [latest] = await service.query('SELECT max(seq) AS seq FROM audit_records');
    expect(await sweep(service)).toBe(0);
    expect(await backups.states(old.id)).toBe(inFarAlone);
    expect(await containers(storages.place('near'))).toEqual([young.filename]);
    expect(await containers(service.storagePath)).toEqual([middle.filename, young.filename].sort());
    const records = await service.query(
      `SELECT actor, result, details FROM audit_records WHERE action = 'backups.retention.deleted' AND seq > $1 ORDER BY seq`,
      [latest?.['seq']],
    );
    expect(records).toEqual(
      [
        { backup_id: old.id, storage: 'near', filename: old.filename },
        { backup_id: old.id, storage: 'first', filename: old.filename },
        { backup_id: middle.id, storage: 'near', filename: middle.filename },
      ].map((details) => ({ actor: 'scheduler', result: 'success', details: { ...details, reason: 'expired' } })),
    );
  });

  it('lose nothing of a backup while it is read', async () => {
    const reading = await service.app.get(BackupFiles).open(old.id);
    try {
      expect(await sweep(service)).toBe(0);
      expect([await backups.states(middle.id), await backups.states(old.id)]).toEqual([
        'first present, near expired, far present',
        everywhere,
      ]);
    } finally {
      await reading.close();
    }
  });

  it('keep what they lock until the lock ends, which is no failure', async () => {
    const [near] = service.app.get(FurtherStorages).all;
    if (near === undefined) throw new Error('there is no further storage');
    const { stat } = near.storage;
    const locking = jest.spyOn(near.storage, 'stat').mockImplementation(async (name) => {
      const found = await stat.call(near.storage, name);
      return found && { ...found, lockedUntil: new Date(Date.now() + 60_000) };
    });
    try {
      expect(await sweep(service)).toBe(0);
      expect(await backups.states(old.id)).toBe('first expired, near present, far present');
    } finally {
      locking.mockRestore();
    }
    expect(await sweep(service)).toBe(0);
    expect(await backups.states(old.id)).toBe(inFarAlone);
  });

  it('do not take a backup for missing that one of them keeps, and give it to who reads or restores it', async () => {
    await sweep(service);
    expect((await service.app.get(StorageCheck).markFaults(() => Promise.resolve(false)))?.size).toBe(0);
    await service.app.get(Healer).heal(new AbortController().signal);
    await service.client.post(`/backups/${old.id}/copies`);
    expect(await service.app.get(MissingFiles).missing()).toBeUndefined();
    expect(await backups.downloaded(old.id)).toBe(old.checksum);
    expect(await service.client.restore(old.id, { mode: 'rehearse' }, 'restore/dry-run')).toMatchObject({
      status: 'success',
    });
    expect(await backups.get(old.id)).not.toHaveProperty('error_code');
    expect(await containers(service.storagePath)).not.toContain(old.filename);
  });

  it('get no copies that they would remove at once', async () => {
    await rm(join(storages.place('near'), middle.filename));
    await service.query(`DELETE FROM backup_files WHERE storage = 'near' AND backup_id = $1`, [middle.id]);
    await eventually(async () => (await backups.states(middle.id)) === 'first present, near expired, far present');
    expect(await containers(storages.place('near'))).not.toContain(middle.filename);
  });

  it('have finished or given up, as is right now, what a process has begun to remove that died', async () => {
    await sweep(service);
    await service.query(`UPDATE backup_files SET state = 'removing' WHERE storage = 'near' AND backup_id = $1`, [
      young.id,
    ]);
    await service.query(`UPDATE backups SET first_expiry = 'removing' WHERE id = $1`, [old.id]);
    await writeFile(join(service.storagePath, old.filename), bytesOf.get(old) ?? '');
    expect(await backups.states(young.id)).toBe('first present, near removing, far present');
    expect(await sweep(service)).toBe(0);
    expect(await backups.states(young.id)).toBe(everywhere);
    expect(await backups.states(old.id)).toBe(inFarAlone);
    expect(await containers(storages.place('near'))).toEqual([young.filename]);
    expect(await containers(service.storagePath)).toEqual([middle.filename, young.filename].sort());
  });

  describe('and the one verified backup, which is older than any of them keeps', () => {
    beforeEach(async () => {
      await sweep(service);
      await service.query('UPDATE backups SET verified_at = now() WHERE id = $1', [old.id]);
      await makeOlder(service, 300, { id: old.id });
    });
    const anotherIsVerified = () => service.query('UPDATE backups SET verified_at = now() WHERE id = $1', [young.id]);

    it('keep it where it is', async () => {
      await sweep(service);
      expect(await backups.states(old.id)).toBe(inFarAlone);
    });

    it('keep it while a storage is away, although another one is verified', async () => {
      await anotherIsVerified();
      await takeAway(storages.place('far'));
      await sweep(service);
      await bringBack(storages.place('far'));
      expect((await service.client.get(`/backups/${old.id}`)).status).toBe(200);
    });

    // The last one: the backup is not there any more.
    it('let it go once another one is verified', async () => {
      await anotherIsVerified();
      await sweep(service);
      expect((await service.client.get(`/backups/${old.id}`)).status).toBe(404);
      expect(await containers(storages.place('far'))).toEqual([middle.filename, young.filename].sort());
    });
  });
});

describe('a storage that has the file of the first one, as when its place is mounted at another path', () => {
  let storages: DirectoryStorages;
  let service: TestService;
  let backups: CopiedBackups;
  let old: CopiedBackup;
  let inFirst: string;
  let inSame: string;
  beforeAll(async () => {
    storages = await DirectoryStorages.make('near', 'same');
    const keep = { days: 1, last: 1 };
    service = await startTestService({ environment: await storages.environment({ near: keep, same: keep }) });
    backups = new CopiedBackups(service.client);
    old = await backups.make();
    const young = await backups.make();
    for (const { id } of [old, young]) await backups.untilPresent(id, 'near', 'same');
    inFirst = join(service.storagePath, old.filename);
    inSame = join(storages.place('same'), old.filename);
    await rm(inSame);
    await link(inFirst, inSame);
    await makeOlder(service, 100, { id: old.id });
    await setPlan(service, { enabled: true, retentionDays: 365, keepLastSuccessful: 1, retentionAsOf: null });
  });
  afterAll(async () => {
    await service.stop();
    await storages.remove();
  });

  it('keeps it', async () => {
    await sweep(service);
    expect(await backups.states(old.id)).toBe('first present, near expired, same present');
    expect(await readdir(storages.place('same'))).toContain(old.filename);
    expect(await readdir(storages.place('near'))).not.toContain(old.filename);
  });

  it('does not keep a copy from being found elsewhere that no row tells of, when its file is gone', async () => {
    await rename(inFirst, join(storages.place('near'), old.filename));
    await rm(inSame);
    await service.query(`UPDATE backups SET file_fault = 'missing' WHERE id = $1`, [old.id]);
    await service.query(`UPDATE backup_files SET state = 'missing', next_try_at = NULL WHERE backup_id = $1`, [old.id]);
    await backups.untilPresent(old.id, 'near');
  });
});
