import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupQuestions } from '../../src/backups/catalogue/backup-questions';
import { LeftoverFiles } from '../../src/backups/catalogue/leftover-files';
import { Healer } from '../../src/backups/copies/healer';
import { FullCheck } from '../../src/backups/storage-check/full-check';
import { StorageCheck } from '../../src/backups/storage-check/storage-check.service';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { type FurtherStorage, FurtherStorages } from '../../src/kernel/storage/further-storages';
import { MissingFiles } from '../../src/notices/missing-files';
import { startTestService, type TestService } from '../support/app';
import { type CopiedBackup, CopiedBackups } from '../support/copied-backups';
import { bringBack, DirectoryStorages, takeAway } from '../support/directory-storages';
import { eventually } from '../support/eventually';
import { sha256, withOneOther } from '../support/file-bytes';
import { makeOlder } from '../support/rows-of';

/** Two backups that each of three storages has, before each test. */
let storages: DirectoryStorages;
let service: TestService;
let backups: CopiedBackups;
let kept: CopiedBackup;
let lost: CopiedBackup;
let bytesOf: Map<CopiedBackup, Buffer>;
let near: FurtherStorage;
beforeAll(async () => {
  storages = await DirectoryStorages.make('near', 'far');
  service = await startTestService({ environment: await storages.environment() });
  backups = new CopiedBackups(service.client);
  const [first] = service.app.get(FurtherStorages).all;
  if (first === undefined) throw new Error('there is no further storage');
  near = first;
  [kept, lost] = [await backups.make(), await backups.make()];
  bytesOf = new Map();
  for (const backup of [kept, lost]) {
    bytesOf.set(backup, await readFile(inFirst(backup)));
    await backups.untilPresent(backup.id, 'near', 'far');
  }
});
afterAll(async () => {
  await service.stop();
  await storages.remove();
});

const { signal } = new AbortController();
const inFirst = ({ filename }: CopiedBackup): string => join(service.storagePath, filename);
const inNear = ({ filename }: CopiedBackup): string => join(storages.place('near'), filename);
const firstState = async ({ id }: CopiedBackup) => (await backups.get(id)).files?.[0];
const alert = () => service.app.get(MissingFiles).missing();
const heal = () => service.app.get(Healer).heal(signal);
const lookAtFirst = () => service.app.get(StorageCheck).markFaults(() => Promise.resolve(false));

it('counts a copy that a storage lacks at once, and raises an alert for it after a day', async () => {
  await service.query(
    `UPDATE backup_files SET state = 'missing', next_try_at = now() + interval '1 hour', error_code = 'backups.no_space' WHERE storage = 'near' AND backup_id = $1`,
    [kept.id],
  );
  expect((await (await fetch(`${service.managementUrl}/metrics`)).text()).match(/^berkut_copies_lacking.*$/gm)).toEqual(
    ['berkut_copies_lacking{storage="near"} 1', 'berkut_copies_lacking{storage="far"} 0'],
  );
  expect(await alert()).toBeUndefined();
  await makeOlder(service, 2, { id: kept.id });
  expect(await alert()).toEqual({
    message: `The storage "near" lacks a backup: ${kept.id} (There is not enough space.).`,
    about: { backup_id: kept.id },
  });
  await service.query(
    `UPDATE backup_files SET state = 'present', next_try_at = NULL, error_code = NULL WHERE backup_id = $1`,
    [kept.id],
  );
});

describe('a file of the first storage', () => {
  const readInFull = async (): Promise<void> => {
    await service.query(`UPDATE backups SET file_read_at = now() - interval '31 days' WHERE id = $1`, [lost.id]);
    await service.app.get(FullCheck).checkNext(signal);
  };
  afterEach(async () => {
    for (const [backup, bytes] of bytesOf) await writeFile(inFirst(backup), bytes);
    await lookAtFirst();
  });

  it('is brought back from a copy when the storage has as many as it has lost', async () => {
    await rm(inFirst(lost));
    await lookAtFirst();
    expect(await alert()).toMatchObject({ about: { backup_id: lost.id } });
    await heal();
    expect(sha256(await readFile(inFirst(lost)))).toBe(lost.checksum);
    expect(await firstState(lost)).toEqual({ storage: 'first', state: 'present' });
    expect(await alert()).toBeUndefined();
  });

  // It may not be mounted.
  it('is not brought back when the storage has lost more than it has, and raises an alert', async () => {
    for (const each of [kept, lost]) await rm(inFirst(each));
    await lookAtFirst();
    await heal();
    expect(await readdir(service.storagePath)).toEqual([]);
    expect(await alert()).toMatchObject({
      message: expect.stringContaining(`The storage "first" lacks 2 backups: ${lost.id} (`) as string,
      about: { backup_id: lost.id },
    });
  });

  it('shows when it was read in full', async () => {
    await readInFull();
    expect(await firstState(lost)).toEqual({
      storage: 'first',
      state: 'present',
      verified_at: expect.any(String) as string,
    });
  });

  it.each([
    ['has one other byte', async () => writeFile(inFirst(lost), withOneOther(await readFile(inFirst(lost))))],
    ['is the whole file of another backup', () => copyFile(inFirst(kept), inFirst(lost))],
  ])('is found by reading it when it %s, and is replaced', async (_, damage) => {
    await damage();
    await readInFull();
    await lookAtFirst();
    // Two backups of one database mostly have one size. Where they do not, the size tells.
    const hasItsSize = (await stat(inFirst(lost))).size === lost.size_bytes;
    expect(await firstState(lost)).toMatchObject({ storage: 'first', state: hasItsSize ? 'damaged' : 'changed' });
    expect(await alert()).toMatchObject({ about: { backup_id: lost.id } });
    expect(await backups.downloaded(lost.id)).toBe(lost.checksum);
    await heal();
    expect(sha256(await readFile(inFirst(lost)))).toBe(lost.checksum);
    expect(await firstState(lost)).toEqual({ storage: 'first', state: 'present' });
    expect(await alert()).toBeUndefined();
  });
});

describe('a backup that is made while the first storage is away', () => {
  let awaited: CopiedBackup;
  beforeAll(async () => {
    await takeAway(service.storagePath);
    awaited = await backups.make();
  });
  afterAll(() => bringBack(service.storagePath));

  it('is written to the next storage, and copied from there', async () => {
    expect(awaited).not.toHaveProperty('error_code');
    expect((await backups.get(awaited.id)).files?.slice(0, 2)).toEqual([
      { storage: 'first', state: 'pending', error_code: 'backups.storage_unavailable' },
      { storage: 'near', state: 'present' },
    ]);
    expect(sha256(await readFile(inNear(awaited)))).toBe(awaited.checksum);
    await backups.untilPresent(awaited.id, 'far');
    expect(await backups.downloaded(awaited.id)).toBe(awaited.checksum);
  });

  it('raises an alert, and is the newest good one', async () => {
    expect(await alert()).toMatchObject({
      message: expect.stringContaining(`The storage "first" lacks a backup: ${awaited.id} (`) as string,
    });
    expect((await service.app.get(BackupQuestions).newestGood({ source: 'local' }))?.id).toBe(awaited.id);
  });

  it('leaves nothing when the process dies that writes it', async () => {
    const dead = await new LocalStorage(storages.place('near')).create('dead.bscc');
    await service.query(
      `WITH dead AS (
         INSERT INTO backups (id, source, trigger, status, scope, include_files, requested_by, storage_name, created_at, updated_at)
         VALUES (1000, 'local', 'manual', 'running', '{ALL}', false, 'x', 'dead.bscc', now(), now()) RETURNING id)
       INSERT INTO backup_files (backup_id, storage, state, place, storage_name, updated_at)
       SELECT id, 'near', 'copying', $1, 'dead.bscc', now() FROM dead`,
      [near.identity],
    );
    await eventually(async () => (await backups.get(1000)).status === 'failed');
    expect((await readdir(storages.place('near'))).filter((name) => name.includes('dead'))).toEqual([]);
    await eventually(async () => (await service.query('SELECT FROM backup_files WHERE backup_id = 1000')).length === 0);
    await dead.discard();
  });

  describe('once the storage is back', () => {
    beforeAll(async () => {
      await bringBack(service.storagePath);
      await backups.untilPresent(awaited.id, 'near', 'far');
    });
    afterEach(() => bringBack(storages.place('far')));

    it('has what could not be discarded removed without a start, and not while a process writes it', async () => {
      const left = await new LocalStorage(service.storagePath).create(awaited.filename);
      const isLeft = async (): Promise<boolean> =>
        (await readdir(service.storagePath)).some((name) => name.startsWith('.') && name.endsWith(awaited.filename));
      const isNow = (status: string) =>
        service.query('UPDATE backups SET status = $2 WHERE id = $1', [awaited.id, status]);
      await service.app.get(LockService).tryWith(lockName.backupRun(awaited.id), 'exclusive', async () => {
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
    });

    it('is not missing there, and is brought there', async () => {
      await lookAtFirst();
      expect((await firstState(awaited))?.state).not.toBe('missing');
      await heal();
      expect(sha256(await readFile(inFirst(awaited)))).toBe(awaited.checksum);
      expect(await firstState(awaited)).toEqual({ storage: 'first', state: 'present' });
      expect(await alert()).toBeUndefined();
    });

    it('keeps no other file from being brought back while its copies cannot be read', async () => {
      await rm(inFirst(lost));
      await lookAtFirst();
      await isNotTaken();
      await copiesAreElsewhere('near');
      await takeAway(storages.place('far'));
      await heal();
      expect(sha256(await readFile(inFirst(lost)))).toBe(lost.checksum);
    });

    it('is lost, and not waited for, when no storage is known to have it', async () => {
      await isNotTaken();
      await copiesAreElsewhere('near', 'far');
      await heal();
      expect(await firstState(awaited)).toEqual({ storage: 'first', state: 'missing' });
    });

    const isNotTaken = async (): Promise<void> => {
      await rm(inFirst(awaited), { force: true });
      await service.query(`UPDATE backups SET first_error = 'backups.no_space' WHERE id = $1`, [awaited.id]);
    };
    /** The rows tell so, and the copiers let them be. */
    const copiesAreElsewhere = async (...names: string[]): Promise<void> => {
      await service.query(
        `UPDATE backup_files SET next_try_at = now() + interval '1 hour',
           place = CASE WHEN storage = ANY($2) THEN 'elsewhere' ELSE place END WHERE backup_id = $1`,
        [awaited.id, names],
      );
    };
  });
});
