import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import type { RescanDto } from '../../src/backups/http/rescan.dto';
import { BackupRows } from '../../src/backups/catalogue/backup-rows';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { BackupRecovery } from '../../src/backups/make/backup-recovery';
import { RescanEntity } from '../../src/backups/storage-check/rescan.entity';
import { FullCheck } from '../../src/backups/storage-check/full-check';
import { StorageCheck } from '../../src/backups/storage-check/storage-check.service';
import { StorageCheckEntity } from '../../src/backups/storage-check/storage-check.entity';
import { rekey } from '../../src/cli/container/rekey';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { Storage, StorageError } from '../../src/engine/storage/storage';
import { DAY_MS } from '../../src/kernel/clock/durations';
import { lockName, type LockSession } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { containerOf, TEST_KEY, testKey, ZSTD } from '../support/containers';
import { eventually } from '../support/eventually';
import { makeSweepDue, setRows } from '../support/rows-of';

const V1_KEY = '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317';

let service: TestService;
beforeEach(async () => {
  service = await startTestService();
});
afterEach(() => service.stop());

const rescan = (): Promise<RescanDto> => service.client.rescan();
const backup = async (id = 0): Promise<BackupDto> => (await service.client.get(`/backups/${id}`)).body.item;
const inStorage = (name = ''): string => join(service.storagePath, name);
/** A container of early 2026. */
const oldContainer = (key = testKey(1)): Promise<Buffer> =>
  containerOf([{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from('x') }], key);

describe('a rescan', () => {
  it('makes a lost catalogue anew from the files, and they restore', async () => {
    const first = await service.client.backUp({ label: 'first' });
    await service.client.backUp();
    await service.query('DELETE FROM backups');
    const { adopted, missing, unreadable } = await rescan();
    expect([adopted.length, missing, unreadable]).toEqual([2, [], []]);
    const found = (await Promise.all(adopted.map(backup))).find(({ meta_json: meta }) => meta.backup_label === 'first');
    expect(found).toMatchObject({
      checksum: first.checksum,
      size_bytes: first.size_bytes,
      filename: first.filename,
      source: 'local',
      status: 'success',
      requested_by: 'root',
    });
    expect(Math.abs(Date.parse(found?.created_at ?? '') - Date.parse(first.created_at))).toBeLessThan(60_000);
    expect(await service.client.restore(found?.id ?? 0)).toMatchObject({ status: 'success' });
    expect((await rescan()).adopted).toEqual([]);
    const records = await service.query(
      `SELECT actor, result, details->'rescan'->'adopted' AS adopted FROM audit_records
        WHERE action = 'backups.import' ORDER BY seq LIMIT 2`,
    );
    expect(records).toEqual([
      { actor: 'root', result: 'queued', adopted: null },
      { actor: 'root', result: 'success', adopted: { count: 2, first: adopted } },
    ]);
  });

  it('leaves what is not ours, follows no link, and says what it could not take', async () => {
    await service.client.backUp();
    const put = (name: string, bytes: Buffer): Promise<void> => writeFile(inStorage(name), bytes);
    await put('other-key.bscc', await oldContainer(testKey(2)));
    await put('broken.bscc', Buffer.from('BSCC'));
    await put('notes.txt', Buffer.from('shopping'));
    await mkdir(inStorage('directory.bscc'));
    await symlink('/etc/passwd', inStorage('link.bscc'));
    const { adopted, unreadable } = await rescan();
    expect(adopted).toEqual([]);
    expect(unreadable).toEqual([
      { filename: 'directory.bscc', error_code: 'backups.invalid_format', reason: 'it is a directory, not a file' },
      { filename: 'link.bscc', error_code: 'backups.invalid_format', reason: 'it is a link, not a file' },
      {
        filename: 'broken.bscc',
        error_code: 'backups.invalid_format',
        reason: 'The file ends within its header.',
      },
      {
        filename: 'other-key.bscc',
        error_code: 'backups.decrypt_failed',
        reason: `The file needs key ${testKey(2).id}, which is not in the key ring.`,
      },
    ]);
    expect((await readdir(service.storagePath)).length).toBe(6);
  });

  itLong('adopts the rest, whatever is in the name or in the way of one file', async () => {
    const container = await oldContainer();
    await service.client.backUp();
    for (const name of ['backup (1).bscc', 'a\u001b[2Jb.bscc', 'звіт.bscc', `${'n'.repeat(230)}.bscc`]) {
      await writeFile(inStorage(name), container);
    }
    await writeFile(Buffer.concat([Buffer.from(inStorage()), Buffer.from('/\xff.bscc', 'latin1')]), container);
    await promisify(execFile)('mkfifo', [inStorage('pipe.bscc')]);
    await writeFile(inStorage('good.bscc'), container);
    const found = await rescan();
    expect(found).toMatchObject({ status: 'success', adopted: [expect.any(Number)] });
    expect(found.unreadable.map(({ filename, reason }) => [filename.slice(0, 20), reason?.slice(0, 12)])).toEqual([
      ['\\xff.bscc', 'its name has'],
      ['a\\u001b[2Jb.bscc', 'its name has'],
      ['backup (1).bscc', 'its name has'],
      ['n'.repeat(20), 'its name has'],
      ['pipe.bscc', 'it is a pipe'],
      ['звіт.bscc', 'its name has'],
    ]);
  });

  it('tells which files are gone, and takes it back when they are there again', async () => {
    const { id, filename } = await service.client.backUp();
    const path = inStorage(filename);
    await rename(path, `${path}.away`);
    expect((await rescan()).missing).toEqual([id]);
    await rename(`${path}.away`, path);
    expect(await rescan()).toMatchObject({ missing: [], adopted: [] });
    expect(await backup(id)).not.toHaveProperty('error_code');
  });

  it('makes one backup of two copies, and gives a backup its file back under another name', async () => {
    const { id, filename } = await service.client.backUp();
    await copyFile(inStorage(filename), inStorage('copy.bscc'));
    expect(await rescan()).toMatchObject({ adopted: [], copies: [{ filename: 'copy.bscc', backup_id: id }] });
    await rm(inStorage(filename));
    expect(await rescan()).toMatchObject({ adopted: [id], missing: [], copies: [] });
    expect(await backup(id)).toMatchObject({ filename: 'copy.bscc' });
    expect(await backup(id)).not.toHaveProperty('error_code');
    await service.query('DELETE FROM backups');
    await copyFile(inStorage('copy.bscc'), inStorage('again.bscc'));
    const { adopted, copies } = await rescan();
    expect([adopted.length, copies.length]).toEqual([1, 1]);
  });

  it('adopts what retention leaves alone, however old, until an operator unpins it', async () => {
    await service.client.backUp();
    await writeFile(inStorage('old.bscc'), await oldContainer());
    const [adopted = 0] = (await rescan()).adopted;
    expect(await backup(adopted)).toMatchObject({ trigger: 'manual', created_at: '2026-02-03T04:05:06.000Z' });
    const sweep = async (): Promise<void> => {
      await makeSweepDue(service);
      await service.app.get(PlanTicker).tick();
      await service.idle();
    };
    await sweep();
    expect(await backup(adopted)).toMatchObject({ pinned: true });
    await service.client.send('PATCH', `/backups/${adopted}`, JSON.stringify({ pinned: false }));
    await sweep();
    expect((await service.client.get(`/backups/${adopted}`)).status).toBe(404);
  });

  itLong('takes files of version 1, which we never write, for imports', async () => {
    await mkdir(service.storagePath);
    const keys = inStorage('previous.keys');
    await writeFile(keys, `${V1_KEY}\n`);
    const other = await startTestService({
      beside: service,
      environment: { BACKUP_ENCRYPTION_KEY: TEST_KEY, BERKUT_BACKUP_PREVIOUS_KEYS_FILE: keys },
    });
    try {
      await writeFile(inStorage('v1.bscc'), await readFile(join(__dirname, '../vectors/version1.bscc')));
      const [id] = (await other.client.rescan()).adopted;
      expect(await backup(id)).toMatchObject({ source: 'imported', trigger: 'import', pinned: true });
    } finally {
      await other.stop();
    }
  });

  it('is for those who may import, and there is none before the first', async () => {
    expect((await (await service.as('auditor')).send('POST', '/backups/rescan')).status).toBe(403);
    expect((await service.client.get('/backups/rescan')).status).toBe(404);
  });
});

describe('a rescan that takes long', () => {
  let session: LockSession;
  /** Waits at its only file, before that becomes a backup. */
  beforeEach(async () => {
    session = await service.app.get(LockService).open();
    const { checksum = '', id } = await service.client.backUp();
    await service.query('DELETE FROM backups WHERE id = $1', [id]);
    await session.lock(lockName.sameFile(checksum), 'exclusive', session.signal);
  });
  afterEach(() => session.close());
  const latest = async (by = service): Promise<RescanDto> =>
    (await by.client.get<{ item: RescanDto }>('/backups/rescan')).body.item;

  it('is answered at once, shows how far it is, and is the only one on any replica', async () => {
    const replica = await startTestService({ beside: service });
    try {
      const begun = await service.client.send<{ item: RescanDto }>('POST', '/backups/rescan');
      expect([begun.status, begun.headers.get('location')]).toEqual([202, '/api/backups/rescan']);
      expect(begun.body.item).toMatchObject({ status: 'running', adopted: [] });
      await eventually(async () => (await latest(replica)).progress !== undefined);
      expect((await latest(replica)).progress).toMatchObject({
        phase: 'adopt',
        bytes_total: expect.any(Number) as number,
      });
      const second = await replica.client.send('POST', '/backups/rescan');
      expect([second.status, second.body.error.code]).toEqual([409, 'backups.concurrent_operation']);
      expect(second.body.error.details).toMatchObject({ in_the_way: { kind: 'rescan' } });
      await session.close();
      await eventually(async () => (await latest(replica)).status === 'success');
      expect((await latest()).adopted).toHaveLength(1);
      expect(await latest()).not.toHaveProperty('progress');
    } finally {
      await replica.stop();
    }
  });

  itLong('ends as interrupted with its process, and another one does the rest', async () => {
    const other = await startTestService({ beside: service });
    await other.client.send('POST', '/backups/rescan');
    await eventually(async () => (await latest()).progress !== undefined);
    await other.stop();
    expect(await latest()).toMatchObject({ status: 'failed', error_code: 'backups.interrupted', adopted: [] });
    await session.close();
    expect(await rescan()).toMatchObject({ status: 'success', adopted: [expect.any(Number)] });
    // One whose process was killed holds no lock.
    await setRows(service, RescanEntity, { status: 'running', finishedAt: null });
    await service.app.get(BackupRecovery).recover();
    expect(await latest()).toMatchObject({ status: 'failed', error_code: 'backups.interrupted' });
  });
});

describe('the daily look at the storage', () => {
  const found = (): Promise<unknown> => service.query('SELECT unknown_files, missing_files FROM storage_check');

  it('counts files that belong to no backup and files that are gone, whether the plan is on or not', async () => {
    const { filename } = await service.client.backUp();
    await service.app.get(PlanTicker).tick();
    expect(await found()).toEqual([{ unknown_files: 0, missing_files: 0 }]);
    await rename(inStorage(filename), inStorage('renamed.bscc'));
    await service.app.get(PlanTicker).tick();
    expect(await found()).toEqual([{ unknown_files: 0, missing_files: 0 }]);
    await setRows(service, StorageCheckEntity, { checkedAt: new Date(Date.now() - DAY_MS) });
    await service.app.get(PlanTicker).tick();
    expect(await found()).toEqual([{ unknown_files: 1, missing_files: 1 }]);
    const metrics = await (await fetch(`${service.managementUrl}/metrics`)).text();
    expect(metrics).toContain('\nberkut_storage_unknown_files 1\n');
    expect(metrics).toContain('\nberkut_backups_missing_files 1\n');
  });

  it('clears what an earlier version has noted of a file, and says nothing of a file that was given since', async () => {
    const { id, filename } = await service.client.backUp();
    await setRows(service, BackupEntity, { errorCode: 'backups.file_missing' });
    const check = service.app.get(StorageCheck);
    const never = (): Promise<boolean> => Promise.resolve(false);
    await check.markFaults(never);
    expect(await backup(id)).not.toHaveProperty('error_code');
    await service.app.get(BackupRows).noteFault({ id, storageName: 'before.bscc' }, 'missing');
    expect(await backup(id)).not.toHaveProperty('error_code');

    // What was found damaged by reading it stays so, whatever its size says, until it has been read and is as it was.
    const full = service.app.get(FullCheck);
    const read = async (days: number): Promise<void> => {
      await service.query(`UPDATE backups SET file_read_at = now() - make_interval(days => $1)`, [days]);
      await full.checkNext(new AbortController().signal);
      await check.markFaults(never);
    };
    const bytes = await readFile(inStorage(filename));
    await read(31);
    expect(await backup(id)).not.toHaveProperty('error_code');
    await writeFile(inStorage(filename), Buffer.from(bytes).reverse());
    await read(29);
    expect(await backup(id)).not.toHaveProperty('error_code');
    await read(31);
    expect(await backup(id)).toMatchObject({ error_code: 'backups.checksum_mismatch' });
    expect((await service.client.get(`/backups/${id}/download`)).status).toBe(400);
    await rename(inStorage(filename), inStorage('away'));
    await check.markFaults(never);
    expect(await backup(id)).toMatchObject({ error_code: 'backups.file_missing' });
    await rename(inStorage('away'), inStorage(filename));
    await check.markFaults(never);
    expect(await backup(id)).toMatchObject({ error_code: 'backups.checksum_mismatch' });
    await writeFile(inStorage(filename), bytes);
    await check.markFaults(never);
    expect(await backup(id)).toMatchObject({ error_code: 'backups.checksum_mismatch' });
    await read(2);
    expect(await backup(id)).not.toHaveProperty('error_code');
    // One that was sealed with a key that is not known here is not damaged.
    for await (const { result } of rekey(service.storagePath, new KeyRing(testKey(2), [testKey(1)])))
      expect(result).toBe('rekeyed');
    await read(31);
    expect(await backup(id)).not.toHaveProperty('error_code');

    await rm(inStorage(filename));
    await check.markFaults(never);
    expect(await backup(id)).toMatchObject({ error_code: 'backups.file_missing' });
    await rm(service.storagePath, { recursive: true });
    await writeFile(service.storagePath, 'no directory');
    await check.markFaults(never);
    expect(await backup(id)).toMatchObject({ error_code: 'backups.file_missing' });
  });

  it('ends when maintenance begins, and asks a storage that is away no more than three times', async () => {
    for (let i = 0; i < 3; i += 1) await service.client.backUp();
    const check = service.app.get(StorageCheck);
    const stat = jest.spyOn(service.app.get(Storage), 'stat');
    const pausedAfterOne = (): Promise<boolean> => Promise.resolve(stat.mock.calls.length === 1);
    expect(await check.markFaults(pausedAfterOne)).toBeUndefined();
    await check.check(() => Promise.resolve(true));
    expect(stat).toHaveBeenCalledTimes(1);
    stat.mockRejectedValue(new StorageError('unavailable'));
    await expect(check.check(() => Promise.resolve(false))).rejects.toMatchObject({ fault: 'unavailable' });
    expect(stat).toHaveBeenCalledTimes(4);
    expect(await found()).toEqual([]);
    stat.mockRestore();
  });

  it('is had at every start, which does not wait for it', async () => {
    await mkdir(service.storagePath);
    await writeFile(inStorage('unknown.bscc'), 'x');
    const environment = { BERKUT_SCHEDULER_ENABLED: 'true' };
    const asked = Promise.withResolvers<undefined>();
    const answered = Promise.withResolvers<string[]>();
    const list = jest.spyOn(LocalStorage.prototype, 'list').mockImplementation(() => {
      asked.resolve(undefined);
      return answered.promise;
    });
    const other = await startTestService({ beside: service, environment });
    try {
      await asked.promise;
      expect((await other.client.get('/backups')).status).toBe(200);
      list.mockRestore();
      answered.resolve(['unknown.bscc']);
      await eventually(async () => isDeepStrictEqual(await found(), [{ unknown_files: 1, missing_files: 0 }]));
    } finally {
      await other.stop();
    }
  });
});
