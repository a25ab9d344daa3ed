import { copyFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { PlanPreviewDto } from '../../src/plan/plan-preview.dto';
import { RetentionService } from '../../src/plan/retention.service';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { BackupFiles } from '../../src/backups/catalogue/backup-files';
import { CopyCheck } from '../../src/backups/copies/copy-check';
import { FurtherStorages } from '../../src/kernel/storage/further-storages';
import { startTestService, type TestService } from '../support/app';
import { type CopiedBackup, CopiedBackups } from '../support/copied-backups';
import { bringBack, DirectoryStorages, takeAway } from '../support/directory-storages';
import { eventually } from '../support/eventually';
import { sha256, withOneOther } from '../support/file-bytes';
import { makeOlder, setPlan } from '../support/rows-of';

/** Two storages keep copies. One of them is away when the service is started, and when the two backups are made. */
let storages: DirectoryStorages;
let service: TestService;
let backups: CopiedBackups;
let older: CopiedBackup;
let newer: CopiedBackup;
/** What the file of the newer one is. */
let bytes: Buffer;
beforeAll(async () => {
  storages = await DirectoryStorages.make('near', 'far');
  await takeAway(storages.place('far'));
  service = await startTestService({ environment: await storages.environment() });
  backups = new CopiedBackups(service.client);
  [older, newer] = [await backups.make(), await backups.make()];
  bytes = await readFile(inFirst(newer));
  for (const { id } of [older, newer]) {
    await backups.untilPresent(id, 'near');
    await eventually(async () => (await backups.get(id)).files?.at(-1)?.error_code !== undefined);
  }
});
afterAll(async () => {
  await service.stop();
  await storages.remove();
});

const inFirst = ({ filename }: CopiedBackup): string => join(service.storagePath, filename);
const inNear = ({ filename }: CopiedBackup): string => join(storages.place('near'), filename);
/** Nothing is away, and each storage has both. */
const bothAreEverywhere = async (): Promise<void> => {
  await bringBack(storages.place('far'));
  for (const { id } of [older, newer]) await backups.copyNow(id, 'near', 'far');
};
const newerIsWhole = async (): Promise<void> => {
  for (const path of [inFirst(newer), inNear(newer)]) await writeFile(path, bytes);
};

describe('while a further storage is away', () => {
  it('the other one gets its copies', async () => {
    expect(sha256(await readFile(inNear(newer)))).toBe(newer.checksum);
  });

  it('each backup says why it has no copy there, and the storage is left alone after it was asked for one', async () => {
    expect((await backups.get(newer.id)).files).toEqual([
      { storage: 'first', state: 'present' },
      { storage: 'near', state: 'present' },
      { storage: 'far', state: 'pending', error_code: 'backups.storage_unavailable' },
    ]);
    expect(await service.query(`SELECT sum(attempts) AS n FROM backup_files WHERE storage = 'far'`)).toEqual([
      { n: '1' },
    ]);
  });

  it('a backup that it may have cannot be removed, and nothing of it is removed elsewhere', async () => {
    expect((await service.client.delete(`/backups/${older.id}`)).status).toBe(503);
    await eventually(async () => (await service.client.get(`/backups/${older.id}`)).status === 200);
    expect(await readdir(storages.place('near'))).toContain(older.filename);
    await backups.untilPresent(older.id, 'near');
  });
});

it('copies the newest backup first once a storage is back', async () => {
  await bringBack(storages.place('far'));
  for (const { id } of [older, newer])
    expect(await service.client.post(`/backups/${id}/copies`)).toMatchObject({
      status: 202,
      body: { item: { id, files: [{ storage: 'first' }, { storage: 'near' }, { storage: 'far', state: 'pending' }] } },
    });
  await backups.untilPresent(older.id, 'far');
  const [first, second] = await service.query(
    `SELECT backup_id FROM backup_files WHERE storage = 'far' ORDER BY updated_at`,
  );
  expect([first?.['backup_id'], second?.['backup_id']]).toEqual([String(newer.id), String(older.id)]);
});

describe('a backup that has copies', () => {
  beforeAll(bothAreEverywhere);
  afterEach(newerIsWhole);

  it('is read on from the next copy that is as it was written when its file is cut meanwhile', async () => {
    const opened = await service.app.get(BackupFiles).openUnchanged(newer.id);
    const begun = await opened.file.read(0, 100);
    await truncate(inFirst(newer), 100);
    await writeFile(inNear(newer), withOneOther(bytes));
    const rest = await buffer(opened.file.createReadStream({ start: 100 }));
    await opened.close();
    expect(sha256(Buffer.concat([begun, rest]))).toBe(newer.checksum);
  });

  it('is read from the nearest copy when its file is gone', async () => {
    await rm(inFirst(newer));
    expect(await backups.downloaded(newer.id)).toBe(newer.checksum);
  });
});

describe('a copy', () => {
  beforeAll(bothAreEverywhere);

  const readLongAgo = () =>
    service.query(
      `UPDATE backup_files SET updated_at = now() - interval '31 days', verified_at = NULL WHERE storage = 'near' AND backup_id = $1`,
      [older.id],
    );
  const check = async (): Promise<void> => {
    const [near] = service.app.get(FurtherStorages).all;
    if (near === undefined) throw new Error('there is no further storage');
    await service.app.get(CopyCheck).checkNext(near, new AbortController().signal);
  };
  const verified = () =>
    service.query(`SELECT verified_at IS NOT NULL AS is FROM backup_files WHERE storage = 'near' AND backup_id = $1`, [
      older.id,
    ]);

  it('is read in full when its turn has come', async () => {
    await check();
    expect(await verified()).toEqual([{ is: false }]);
    await readLongAgo();
    await check();
    expect(await verified()).toEqual([{ is: true }]);
  });

  it.each([
    ['has one other byte', async () => writeFile(inNear(older), withOneOther(await readFile(inNear(older))))],
    ['is the whole file of another backup', () => copyFile(inNear(newer), inNear(older))],
    ['is gone', () => rm(inNear(older))],
  ])('is made again when it %s', async (_, damage) => {
    await damage();
    await readLongAgo();
    await check();
    await backups.untilPresent(older.id, 'near');
    expect(sha256(await readFile(inNear(older)))).toBe(older.checksum);
  });
});

describe('a backup whose file is gone, and of whose copies one alone is whole', () => {
  beforeAll(async () => {
    await bothAreEverywhere();
    await makeOlder(service, 400, { id: newer.id });
    await setPlan(service, { keepLastSuccessful: 1 });
  });
  beforeEach(async () => {
    await rm(inFirst(newer));
    await writeFile(inNear(newer), 'cut');
  });
  afterEach(newerIsWhole);

  it('is downloaded and restored from that', async () => {
    expect(await backups.downloaded(newer.id)).toBe(newer.checksum);
    expect(await service.client.restore(newer.id, { mode: 'rehearse' }, 'restore/dry-run')).toMatchObject({
      status: 'success',
    });
  });

  it('stays however old, and although one that is whole is enough', async () => {
    const { retention } = (await service.client.get<PlanPreviewDto>('/backups/plan/preview')).body;
    expect(retention.find((one) => one.backup_id === newer.id)).toMatchObject({
      decision: 'keep',
      reason: 'not_replaced',
    });
  });

  // As after a storage was not there at a start.
  it('stays, and its copy is found again, when its row tells of another place', async () => {
    await setPlan(service, { enabled: true });
    await service.query(`UPDATE backup_files SET place = 'elsewhere', next_try_at = NULL WHERE backup_id = $1`, [
      newer.id,
    ]);
    await service.app.get(RetentionService).sweep(() => Promise.resolve(false));
    await setPlan(service, { enabled: false });
    expect((await service.client.get(`/backups/${newer.id}`)).status).toBe(200);
    await backups.untilPresent(newer.id, 'far');
    expect(await backups.downloaded(newer.id)).toBe(newer.checksum);
  });
});

describe('a backup that is removed', () => {
  beforeAll(bothAreEverywhere);

  it('is removed from every storage', async () => {
    for (const { id } of [older, newer])
      await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
    for (const path of [service.storagePath, storages.place('near'), storages.place('far')])
      expect((await readdir(path)).filter((name) => name.endsWith('.bscc'))).toEqual([]);
    expect(await service.query('SELECT FROM backup_files')).toEqual([]);
  });
});

describe('two replicas', () => {
  let beside: TestService;
  let backup: CopiedBackup;
  beforeAll(async () => {
    await bringBack(storages.place('far'));
    beside = await startTestService({ beside: service, environment: await storages.environment() });
    backup = await backups.make();
    await backups.untilPresent(backup.id, 'near', 'far');
  });
  afterAll(() => beside.stopService());

  it('copy a backup once', async () => {
    expect(sha256(await readFile(join(storages.place('far'), backup.filename)))).toBe(backup.checksum);
  });

  // As after a rekeying, by which the copy has become an old one.
  it('copy it again when its bytes are others, and remove what a process has left that died at it', async () => {
    const dead = await new LocalStorage(storages.place('near')).create(backup.filename);
    await service.query(
      `UPDATE backup_files SET checksum = 'old', state = 'copying' WHERE storage = 'near' AND backup_id = $1`,
      [backup.id],
    );
    await writeFile(inNear(backup), 'old');
    await backups.untilPresent(backup.id, 'near');
    expect(sha256(await readFile(inNear(backup)))).toBe(backup.checksum);
    expect((await readdir(storages.place('near'))).filter((name) => name.startsWith('.'))).toEqual([]);
    await dead.discard();
  });

  it('copy it anew under another name, and leave nothing of the former copy', async () => {
    const [prefix, ending] = ['berkut', backup.filename.replace('berkut', '')];
    expect(backup.filename).toBe(`${prefix}${ending}`);
    const renamed = `again${ending}`;
    await rename(inFirst(backup), join(service.storagePath, renamed));
    await service.query('UPDATE backups SET storage_name = $2 WHERE id = $1', [backup.id, renamed]);
    const left = async (): Promise<string[]> =>
      (await readdir(storages.place('near'))).filter((name) => name.endsWith(ending));
    await eventually(async () => (await left()).join() === renamed);
    await backups.untilPresent(backup.id, 'near');
  });
});
