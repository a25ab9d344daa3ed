import { createHash } from 'node:crypto';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import type { PlanPreviewDto } from '../../src/plan/plan-preview.dto';
import { RetentionService } from '../../src/plan/retention.service';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { CopyCheck } from '../../src/backups/copies/copy-check';
import { Healer } from '../../src/backups/copies/healer';
import { BackupQuestions } from '../../src/backups/catalogue/backup-questions';
import { BackupFiles } from '../../src/backups/catalogue/backup-files';
import { LeftoverFiles } from '../../src/backups/catalogue/leftover-files';
import { FullCheck } from '../../src/backups/storage-check/full-check';
import { StorageCheck } from '../../src/backups/storage-check/storage-check.service';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { FurtherStorages } from '../../src/kernel/storage/further-storages';
import { MissingFiles } from '../../src/notices/missing-files';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { makeOlder, setPlan } from '../support/rows-of';

/** One directory that keeps copies, and one that is away at first: a file stands in its place. */
let directory: string;
let service: TestService;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berkut-copies-'));
  await mkdir(place('near'), { mode: 0o700 });
  await writeFile(place('far'), '');
  const file = join(directory, 'storages.json');
  await writeFile(file, JSON.stringify(['near', 'far'].map((name) => ({ name, url: place(name) }))));
  service = await startTestService({ environment: { BERKUT_BACKUP_STORAGES_FILE: file } });
});
afterAll(async () => {
  await service.stop();
  await rm(directory, { recursive: true, force: true });
});

const place = (name: string): string => join(directory, name);
const get = async (id: number): Promise<BackupDto> => (await service.client.get(`/backups/${id}`)).body.item;
const stateIn = async (id: number, storage: string): Promise<string | undefined> =>
  (await get(id)).files?.find((file) => file.storage === storage)?.state;
const isPresent = (id: number, storage: string) => async () => (await stateIn(id, storage)) === 'present';
const made = async (): Promise<BackupDto & { filename: string }> => {
  const backup = await service.client.backUp();
  return Object.assign(backup, { filename: backup.filename ?? '' });
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** The same size, and one other byte. */
const withOneOther = (bytes: Buffer): Buffer => {
  const others = Buffer.from(bytes);
  others.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
  return others;
};
const download = async (id: number): Promise<string> =>
  sha256(new Uint8Array(await (await service.client.fetch('GET', `/backups/${id}/download`)).arrayBuffer()));

describe('a service with further storages', () => {
  it('copies backups, newest first once a storage is back; reads a copy when the file is gone; removes all', async () => {
    const older = await made();
    const newer = await made();
    await eventually(isPresent(older.id, 'near'));
    await eventually(isPresent(newer.id, 'near'));
    expect(sha256(await readFile(join(place('near'), newer.filename)))).toBe(newer.checksum);

    // The one that is away has failed for both, keeps no other waiting, and says why.
    let files: BackupDto['files'];
    for (const { id } of [older, newer]) {
      await eventually(async () => {
        files = (await get(id)).files;
        return files?.at(-1)?.error_code !== undefined;
      });
    }
    // It was asked for one of them, and is left alone for a while.
    expect(await service.query(`SELECT sum(attempts) AS n FROM backup_files WHERE storage = 'far'`)).toEqual([
      { n: '1' },
    ]);
    expect(files).toEqual([
      { storage: 'first', state: 'present' },
      { storage: 'near', state: 'present' },
      { storage: 'far', state: 'pending', error_code: 'backups.storage_unavailable' },
    ]);
    // What may be there cannot be removed now, and the backup stays.
    expect((await service.client.delete(`/backups/${older.id}`)).status).toBe(503);
    await eventually(async () => (await service.client.get(`/backups/${older.id}`)).status === 200);
    // Nothing was removed where it could have been.
    expect(await readdir(place('near'))).toContain(older.filename);

    await rm(place('far'));
    await mkdir(place('far'), { mode: 0o700 });
    for (const { id } of [older, newer])
      expect(await service.client.post(`/backups/${id}/copies`)).toMatchObject({
        status: 202,
        body: {
          item: { id, files: [{ storage: 'first' }, { storage: 'near' }, { storage: 'far', state: 'pending' }] },
        },
      });
    await eventually(isPresent(older.id, 'far'));
    const [first, second] = await service.query(
      `SELECT backup_id FROM backup_files WHERE storage = 'far' ORDER BY updated_at`,
    );
    expect([first?.['backup_id'], second?.['backup_id']]).toEqual([String(newer.id), String(older.id)]);
    await eventually(isPresent(older.id, 'near'));

    // One that is cut while it is read is left for the next one whose bytes are those that were written.
    const [inFirst, inNear] = [join(service.storagePath, newer.filename), join(place('near'), newer.filename)];
    const bytes = await readFile(inFirst);
    const opened = await service.app.get(BackupFiles).openUnchanged(newer.id);
    const begun = await opened.file.read(0, 100);
    await truncate(inFirst, 100);
    await writeFile(inNear, withOneOther(bytes));
    const rest = await buffer(opened.file.createReadStream({ start: 100 }));
    await opened.close();
    expect(sha256(Buffer.concat([begun, rest]))).toBe(newer.checksum);
    for (const path of [inFirst, inNear]) await writeFile(path, bytes);

    // The first storage has lost it, and the nearest copy was cut behind our back.
    await rename(join(service.storagePath, newer.filename), join(directory, 'lost'));
    expect(await download(newer.id)).toBe(newer.checksum);
    await chmod(join(place('near'), newer.filename), 0o600);
    await writeFile(join(place('near'), newer.filename), 'cut');
    expect(await download(newer.id)).toBe(newer.checksum);
    expect(await service.client.restore(newer.id, { mode: 'rehearse' }, 'restore/dry-run')).toMatchObject({
      status: 'success',
    });
    // What has come to be a copy alone stays, however old, and although one that is whole is enough.
    await setPlan(service, { keepLastSuccessful: 1 });
    await makeOlder(service, 400, { id: newer.id });
    const { retention } = (await service.client.get<PlanPreviewDto>('/backups/plan/preview')).body;
    expect(retention.find((one) => one.backup_id === newer.id)).toMatchObject({
      decision: 'keep',
      reason: 'not_replaced',
    });
    // Also when its row tells of another place, as after a storage was not there at a start: then what is there is found again.
    await setPlan(service, { enabled: true, keepLastSuccessful: 1 });
    await service.query(`UPDATE backup_files SET place = 'elsewhere', next_try_at = NULL WHERE backup_id = $1`, [
      newer.id,
    ]);
    await service.app.get(RetentionService).sweep(() => Promise.resolve(false));
    expect((await service.client.get(`/backups/${newer.id}`)).status).toBe(200);
    await eventually(isPresent(newer.id, 'far'));
    expect(await download(newer.id)).toBe(newer.checksum);
    await rename(join(directory, 'lost'), join(service.storagePath, newer.filename));

    for (const { id } of [older, newer])
      await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
    for (const path of [service.storagePath, place('near'), place('far')])
      expect((await readdir(path)).filter((name) => name.endsWith('.bscc'))).toEqual([]);
    expect(await service.query('SELECT FROM backup_files')).toEqual([]);
  });

  it('makes a damaged copy again, brings a lost file back, and raises an alert until then', async () => {
    const kept = await made();
    const lost = await made();
    for (const { id } of [kept, lost]) await eventually(isPresent(id, 'near'));
    const [near] = service.app.get(FurtherStorages).all;
    if (near === undefined) throw new Error('there is no further storage');
    const check = async (): Promise<void> => service.app.get(CopyCheck).checkNext(near, new AbortController().signal);
    const verified = async (): Promise<unknown[]> =>
      service.query(
        `SELECT verified_at IS NOT NULL AS is FROM backup_files WHERE storage = 'near' AND backup_id = $1`,
        [kept.id],
      );
    const readLongAgo = `UPDATE backup_files SET updated_at = now() - interval '31 days', verified_at = NULL WHERE storage = 'near' AND backup_id = $1`;
    await check();
    expect(await verified()).toEqual([{ is: false }]);
    await service.query(readLongAgo, [kept.id]);
    await check();
    expect(await verified()).toEqual([{ is: true }]);

    const copy = join(place('near'), kept.filename);
    const bytes = await readFile(copy);
    await chmod(copy, 0o600);
    await writeFile(copy, withOneOther(bytes));
    await service.query(readLongAgo, [kept.id]);
    await check();
    await eventually(isPresent(kept.id, 'near'));
    expect(sha256(await readFile(copy))).toBe(kept.checksum);
    // The file of another backup is whole, and is another one.
    await writeFile(copy, await readFile(join(place('near'), lost.filename)));
    await service.query(readLongAgo, [kept.id]);
    await check();
    await eventually(isPresent(kept.id, 'near'));
    expect(sha256(await readFile(copy))).toBe(kept.checksum);
    await rm(copy);
    await service.query(readLongAgo, [kept.id]);
    await check();
    await eventually(isPresent(kept.id, 'near'));
    expect(sha256(await readFile(copy))).toBe(kept.checksum);

    // A first storage that has lost as many as it has is given them back; one that has lost more may not be mounted.
    const healer = service.app.get(Healer);
    const never = async (): Promise<boolean> => Promise.resolve(false);
    const { signal } = new AbortController();
    const alert = async () => service.app.get(MissingFiles).missing();
    for (const { filename } of [kept, lost]) await rm(join(service.storagePath, filename));
    await service.app.get(StorageCheck).markFaults(never);
    await healer.heal(signal);
    expect(await readdir(service.storagePath)).toEqual([]);
    expect(await alert()).toMatchObject({
      message: expect.stringContaining(`The storage "first" lacks 2 backups: ${lost.id} (`) as string,
      about: { backup_id: lost.id },
    });
    await copyFile(copy, join(service.storagePath, kept.filename));
    await service.app.get(StorageCheck).markFaults(never);
    await healer.heal(signal);
    expect(sha256(await readFile(join(service.storagePath, lost.filename)))).toBe(lost.checksum);
    expect((await get(lost.id)).files?.[0]).toEqual({ storage: 'first', state: 'present' });
    expect(await alert()).toBeUndefined();

    // What has its size and other bytes is found by reading it, is not disproved by its size, and is replaced.
    const full = service.app.get(FullCheck);
    const dueToRead = async (): Promise<void> => {
      await service.query(`UPDATE backups SET file_read_at = now() - interval '31 days' WHERE id = $1`, [lost.id]);
      await full.checkNext(signal);
    };
    await dueToRead();
    expect((await get(lost.id)).files?.[0]).toEqual({
      storage: 'first',
      state: 'present',
      verified_at: expect.any(String) as string,
    });
    const inFirst = join(service.storagePath, lost.filename);
    const ofAnother = await readFile(join(service.storagePath, kept.filename));
    for (const bad of [withOneOther(await readFile(inFirst)), ofAnother]) {
      await writeFile(inFirst, bad);
      await dueToRead();
      await service.app.get(StorageCheck).markFaults(never);
      expect((await get(lost.id)).files?.[0]).toEqual({ storage: 'first', state: 'damaged' });
      expect(await alert()).toMatchObject({ about: { backup_id: lost.id } });
      expect(await download(lost.id)).toBe(lost.checksum);
      await healer.heal(signal);
      expect(sha256(await readFile(inFirst))).toBe(lost.checksum);
      expect((await get(lost.id)).files?.[0]).toEqual({ storage: 'first', state: 'present' });
      expect(await alert()).toBeUndefined();
    }

    await service.query(
      `UPDATE backup_files SET state = 'missing', next_try_at = now() + interval '1 hour', error_code = 'backups.no_space' WHERE storage = 'near' AND backup_id = $1`,
      [kept.id],
    );
    expect(
      (await (await fetch(`${service.managementUrl}/metrics`)).text()).match(/^berkut_copies_lacking.*$/gm),
    ).toEqual(['berkut_copies_lacking{storage="near"} 1', 'berkut_copies_lacking{storage="far"} 0']);
    expect(await alert()).toBeUndefined();
    await makeOlder(service, 2, { id: kept.id });
    expect(await alert()).toEqual({
      message: `The storage "near" lacks a backup: ${kept.id} (There is not enough space.).`,
      about: { backup_id: kept.id },
    });
    for (const { id } of [kept, lost])
      await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
  });

  it('writes a backup to the next storage while the first one is away, and brings it there once that is back', async () => {
    const alert = async () => service.app.get(MissingFiles).missing();
    const away = join(directory, 'first');
    await rename(service.storagePath, away);
    await writeFile(service.storagePath, '');
    const backup = await made();
    expect(backup).not.toHaveProperty('error_code');
    expect((await get(backup.id)).files?.slice(0, 2)).toEqual([
      { storage: 'first', state: 'pending', error_code: 'backups.storage_unavailable' },
      { storage: 'near', state: 'present' },
    ]);
    expect(sha256(await readFile(join(place('near'), backup.filename)))).toBe(backup.checksum);
    await eventually(isPresent(backup.id, 'far'));
    expect(await download(backup.id)).toBe(backup.checksum);
    expect(await alert()).toMatchObject({
      message: expect.stringContaining(`The storage "first" lacks a backup: ${backup.id} (`) as string,
    });
    expect((await service.app.get(BackupQuestions).newestGood({ source: 'local' }))?.id).toBe(backup.id);

    // Of a process that dies while it writes to that storage, nothing stays.
    const [near] = service.app.get(FurtherStorages).all;
    const dead = await new LocalStorage(place('near')).create('dead.bscc');
    await service.query(
      `WITH dead AS (
         INSERT INTO backups (id, source, trigger, status, scope, include_files, requested_by, storage_name, created_at, updated_at)
         VALUES (1000, 'local', 'manual', 'running', '{ALL}', false, 'x', 'dead.bscc', now(), now()) RETURNING id)
       INSERT INTO backup_files (backup_id, storage, state, place, storage_name, updated_at)
       SELECT id, 'near', 'copying', $1, 'dead.bscc', now() FROM dead`,
      [near?.identity],
    );
    await eventually(async () => (await get(1000)).status === 'failed');
    expect((await readdir(place('near'))).filter((name) => name.includes('dead'))).toEqual([]);
    await eventually(async () => (await service.query('SELECT FROM backup_files WHERE backup_id = 1000')).length === 0);
    await dead.discard();

    await rm(service.storagePath);
    await rename(away, service.storagePath);
    // What could not be discarded while it was away is removed without a start, and not while a process writes it.
    const left = await new LocalStorage(service.storagePath).create(backup.filename);
    const isLeft = async (): Promise<boolean> =>
      (await readdir(service.storagePath)).some((name) => name.startsWith('.') && name.endsWith(backup.filename));
    const isNow = (status: string) =>
      service.query('UPDATE backups SET status = $2 WHERE id = $1', [backup.id, status]);
    await service.app.get(LockService).tryWith(lockName.backupRun(backup.id), 'exclusive', async () => {
      await isNow('running');
      await service.app.get(LeftoverFiles).removeAll();
      expect(await isLeft()).toBe(true);
      await isNow('success');
    });
    await eventually(async () => {
      await service.app.get(LeftoverFiles).removeAll();
      return !(await isLeft());
    });
    await left.discard();
    await service.app.get(StorageCheck).markFaults(() => Promise.resolve(false));
    expect((await get(backup.id)).files?.[0]?.state).not.toBe('missing');
    await service.app.get(Healer).heal(new AbortController().signal);
    expect(sha256(await readFile(join(service.storagePath, backup.filename)))).toBe(backup.checksum);
    expect((await get(backup.id)).files?.[0]).toEqual({ storage: 'first', state: 'present' });
    expect(await alert()).toBeUndefined();

    // A copy that cannot be read keeps no other file from being brought back.
    const [kept, other] = [await made(), await made()];
    await eventually(isPresent(other.id, 'near'));
    await rm(join(service.storagePath, other.filename));
    await service.app.get(StorageCheck).markFaults(() => Promise.resolve(false));
    await rm(join(service.storagePath, backup.filename));
    await service.query(`UPDATE backups SET first_error = 'backups.no_space' WHERE id = $1`, [backup.id]);
    await service.query(`UPDATE backup_files SET place = 'elsewhere' WHERE storage = 'near' AND backup_id = $1`, [
      backup.id,
    ]);
    await service.query(`UPDATE backup_files SET next_try_at = now() + interval '1 hour' WHERE backup_id = $1`, [
      backup.id,
    ]);
    await rename(place('far'), join(directory, 'far-away'));
    await writeFile(place('far'), '');
    await service.app.get(Healer).heal(new AbortController().signal);
    expect(sha256(await readFile(join(service.storagePath, other.filename)))).toBe(other.checksum);
    await rm(place('far'));
    await rename(join(directory, 'far-away'), place('far'));

    // One that no storage is known to have any more is lost, and not waited for.
    await service.query(
      `UPDATE backup_files SET place = 'elsewhere', next_try_at = now() + interval '1 hour' WHERE backup_id = $1`,
      [backup.id],
    );
    await service.query(`UPDATE backups SET first_error = 'backups.no_space' WHERE id = $1`, [backup.id]);
    await service.app.get(Healer).heal(new AbortController().signal);
    expect((await get(backup.id)).files?.[0]).toEqual({ storage: 'first', state: 'missing' });
    for (const id of [1000, kept.id, other.id, backup.id])
      await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
  });

  it('copies once, whichever of two replicas it is, and again when the bytes of a backup are others', async () => {
    const beside = await startTestService({
      beside: service,
      environment: { BERKUT_BACKUP_STORAGES_FILE: join(directory, 'storages.json') },
    });
    try {
      const backup = await made();
      await eventually(isPresent(backup.id, 'near'));
      await eventually(isPresent(backup.id, 'far'));
      expect(sha256(await readFile(join(place('far'), backup.filename)))).toBe(backup.checksum);
      // As after a rekeying, by which the copy has become an old one, and a process that died while it replaced it.
      const dead = await new LocalStorage(place('near')).create(backup.filename);
      await service.query(`UPDATE backup_files SET checksum = 'old', state = 'copying' WHERE storage = 'near'`);
      await writeFile(join(place('near'), backup.filename), 'old');
      await eventually(isPresent(backup.id, 'near'));
      expect(sha256(await readFile(join(place('near'), backup.filename)))).toBe(backup.checksum);
      expect((await readdir(place('near'))).filter((name) => name.startsWith('.'))).toEqual([]);
      await dead.discard();
      // Under another name, it is copied anew, and nothing of the former copy stays.
      const renamed = backup.filename.replace('berkut', 'again');
      await rename(join(service.storagePath, backup.filename), join(service.storagePath, renamed));
      await service.query('UPDATE backups SET storage_name = $2 WHERE id = $1', [backup.id, renamed]);
      await eventually(async () => (await readdir(place('near'))).join() === renamed);
      await eventually(isPresent(backup.id, 'near'));
    } finally {
      await beside.stopService();
    }
  });
});

describe('storages with a retention of their own', () => {
  it('each keep what they keep; a backup stays as long as one of them does, and is not missing elsewhere', async () => {
    await service.stopService();
    await rm(place('far'), { recursive: true });
    await mkdir(place('far'), { mode: 0o700 });
    const file = join(directory, 'keeps.json');
    const keeps = { near: { days: 1, last: 1 }, far: { days: 365, last: 1 } };
    await writeFile(
      file,
      JSON.stringify(Object.entries(keeps).map(([name, keep]) => ({ name, url: place(name), keep }))),
    );
    const kept = await startTestService({ beside: service, environment: { BERKUT_BACKUP_STORAGES_FILE: file } });
    const filesOf = async (id: number): Promise<string> => {
      const { files = [] } = (await kept.client.get(`/backups/${id}`)).body.item;
      return files.map(({ storage, state }) => `${storage} ${state}`).join(', ');
    };
    const has = (id: number, state: string) => async () => (await filesOf(id)) === state;
    const sweep = async (): Promise<unknown> => {
      const { failures } = await kept.app.get(RetentionService).sweep(() => Promise.resolve(false));
      return failures;
    };
    const containers = async (path: string): Promise<string[]> =>
      (await readdir(path)).filter((name) => name.endsWith('.bscc')).sort();
    try {
      for (const { id } of (await kept.client.get('/backups')).body.items)
        await eventually(async () => (await kept.client.delete(`/backups/${id}`)).status === 200);
      const [old, middle, young] = [
        await kept.client.backUp(),
        await kept.client.backUp(),
        await kept.client.backUp(),
      ] as const;
      const everywhere = 'first present, near present, far present';
      for (const { id } of [old, middle, young]) await eventually(has(id, everywhere));
      await makeOlder(kept, 100, { id: old.id });
      await makeOlder(kept, 10, { id: middle.id });
      await setPlan(kept, { enabled: true, retentionDays: 30, keepLastSuccessful: 1, retentionAsOf: null });

      const { retention } = (await kept.client.get<PlanPreviewDto>('/backups/plan/preview')).body;
      const shown = retention.map(({ decision, reason, storages = [] }) => [
        `${decision} ${reason}`,
        ...storages.map((one) => `${one.storage}: ${one.decision} ${one.reason}`),
      ]);
      expect(shown).toEqual([
        ['keep recent', 'first: keep recent', 'near: keep recent', 'far: keep recent'],
        ['keep recent', 'first: keep recent', 'near: remove expired', 'far: keep recent'],
        ['keep kept_elsewhere', 'first: remove expired', 'near: remove expired', 'far: keep recent'],
      ]);

      // A download of it keeps it; the next sweep removes what the preview says.
      const reading = await kept.app.get(BackupFiles).open(old.id);
      expect(await sweep()).toBe(0);
      expect([await filesOf(middle.id), await filesOf(old.id)]).toEqual([
        'first present, near expired, far present',
        everywhere,
      ]);
      await reading.close();
      // What a storage locks stays until the lock ends, and is no failure.
      const [near] = kept.app.get(FurtherStorages).all;
      if (near === undefined) throw new Error('there is no further storage');
      const { stat } = near.storage;
      const locking = jest.spyOn(near.storage, 'stat').mockImplementation(async (name) => {
        const found = await stat.call(near.storage, name);
        return found && { ...found, lockedUntil: new Date(Date.now() + 60_000) };
      });
      expect(await sweep()).toBe(0);
      expect(await filesOf(old.id)).toBe('first expired, near present, far present');
      locking.mockRestore();
      expect(await sweep()).toBe(0);
      expect(await filesOf(old.id)).toBe('first expired, near expired, far present');
      expect(await containers(place('near'))).toEqual([young.filename]);
      expect(await containers(service.storagePath)).toEqual([middle.filename, young.filename].sort());
      const records = await kept.query(
        `SELECT actor, result, details FROM audit_records WHERE action = 'backups.retention.deleted' ORDER BY seq`,
      );
      expect(records).toEqual(
        [
          { backup_id: middle.id, storage: 'near', filename: middle.filename },
          { backup_id: old.id, storage: 'first', filename: old.filename },
          { backup_id: old.id, storage: 'near', filename: old.filename },
        ].map((details) => ({ actor: 'scheduler', result: 'success', details: { ...details, reason: 'expired' } })),
      );

      // It is not missing, is not brought back, and can be read and restored from where it is.
      expect((await kept.app.get(StorageCheck).markFaults(() => Promise.resolve(false)))?.size).toBe(0);
      await kept.app.get(Healer).heal(new AbortController().signal);
      await kept.client.post(`/backups/${old.id}/copies`);
      expect(await kept.app.get(MissingFiles).missing()).toBeUndefined();
      const body = await (await kept.client.fetch('GET', `/backups/${old.id}/download`)).arrayBuffer();
      expect(sha256(new Uint8Array(body))).toBe(old.checksum);
      expect(await kept.client.restore(old.id, { mode: 'rehearse' }, 'restore/dry-run')).toMatchObject({
        status: 'success',
      });
      expect((await kept.client.get(`/backups/${old.id}`)).body.item).not.toHaveProperty('error_code');

      // A storage gets no copies that it would remove at once, and has finished or given up what a process has begun that died.
      await kept.query(`DELETE FROM backup_files WHERE storage = 'near' AND backup_id = $1`, [middle.id]);
      await kept.query(`UPDATE backup_files SET state = 'removing' WHERE storage = 'near' AND backup_id = $1`, [
        young.id,
      ]);
      await kept.query(`UPDATE backups SET first_expiry = 'removing' WHERE id = $1`, [old.id]);
      await copyFile(join(place('far'), old.filename ?? ''), join(service.storagePath, old.filename ?? ''));
      expect(await filesOf(young.id)).toBe('first present, near removing, far present');
      expect(await sweep()).toBe(0);
      expect(await filesOf(young.id)).toBe(everywhere);
      expect(await filesOf(old.id)).toBe('first expired, near expired, far present');
      await eventually(has(middle.id, 'first present, near expired, far present'));
      expect(await containers(place('near'))).toEqual([young.filename]);
      expect(await containers(service.storagePath)).toEqual([middle.filename, young.filename].sort());

      // It is verified, and no other that far has is: it stays there however old, and goes once another one is.
      await makeOlder(kept, 300, { id: old.id });
      await sweep();
      expect(await filesOf(old.id)).toBe('first expired, near expired, far present');
      await kept.query('UPDATE backups SET verified_at = now() WHERE id = $1', [young.id]);
      // A storage that is not there has nothing taken from the others.
      await rename(place('far'), join(directory, 'far-away'));
      await sweep();
      await rename(join(directory, 'far-away'), place('far'));
      expect((await kept.client.get(`/backups/${old.id}`)).status).toBe(200);
      await sweep();
      expect((await kept.client.get(`/backups/${old.id}`)).status).toBe(404);
      expect(await containers(place('far'))).toEqual([middle.filename, young.filename].sort());
    } finally {
      await kept.stopService();
    }
  });

  it('take the same file in two places for one, and give up none that is nowhere else', async () => {
    await mkdir(place('same'), { mode: 0o700 });
    const file = join(directory, 'same.json');
    const keep = { days: 1, last: 1 };
    await writeFile(file, JSON.stringify(['near', 'same'].map((name) => ({ name, url: place(name), keep }))));
    const kept = await startTestService({ beside: service, environment: { BERKUT_BACKUP_STORAGES_FILE: file } });
    const statesOf = async (id: number): Promise<string> =>
      ((await kept.client.get(`/backups/${id}`)).body.item.files ?? []).map(({ state }) => state).join(' ');
    const has = (id: number, states: string) => async () => (await statesOf(id)) === states;
    try {
      const [old, young] = [await kept.client.backUp(), await kept.client.backUp()];
      for (const { id } of [old, young]) await eventually(has(id, 'present present present'));
      const name = old.filename ?? '';
      // As when the place of a storage is mounted at another path.
      await rm(join(place('same'), name));
      await link(join(service.storagePath, name), join(place('same'), name));
      await makeOlder(kept, 100, { id: old.id });
      await setPlan(kept, { enabled: true, retentionDays: 365, keepLastSuccessful: 1, retentionAsOf: null });
      await kept.app.get(RetentionService).sweep(() => Promise.resolve(false));
      expect(await statesOf(old.id)).toBe('present expired present');
      expect(await readdir(place('same'))).toContain(name);
      expect(await readdir(place('near'))).not.toContain(name);

      // Its file is gone, and no row tells of the copy that there is.
      await rename(join(service.storagePath, name), join(place('near'), name));
      await rm(join(place('same'), name));
      await kept.query(`UPDATE backups SET file_fault = 'missing' WHERE id = $1`, [old.id]);
      await kept.query(`UPDATE backup_files SET state = 'missing', next_try_at = NULL WHERE backup_id = $1`, [old.id]);
      await eventually(async () => (await statesOf(old.id)).split(' ')[1] === 'present');
    } finally {
      await kept.stopService();
    }
  });
});
