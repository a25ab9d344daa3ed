import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import { LeftoverFiles } from '../../src/backups/catalogue/leftover-files';
import { CopyCheck } from '../../src/backups/copies/copy-check';
import { Healer } from '../../src/backups/copies/healer';
import { StorageCheck } from '../../src/backups/storage-check/storage-check.service';
import { s3Url } from '../../src/engine/storage/s3/s3-place';
import { DAY_MS, MINUTE_MS } from '../../src/kernel/clock/durations';
import { FurtherStorages } from '../../src/kernel/storage/further-storages';
import { StorageStates } from '../../src/kernel/storage/storage-states';
import { UnusableStorages } from '../../src/notices/unusable-storages';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { type S3Fault, type S3Proxy, startS3Proxy } from '../support/s3-proxy';
import { type S3Server, startS3 } from '../support/s3-server';

/** Copies in a directory, and in a bucket behind a network that fails when it is told to. */
let directory: string;
let server: S3Server;
let proxy: S3Proxy;
let bucket: Awaited<ReturnType<S3Server['newBucket']>>;
let service: TestService;
let aheadMs = 0;
beforeAll(async () => {
  server = await startS3();
  proxy = await startS3Proxy(server.endpoint);
  bucket = await server.newBucket({ endpoint: proxy.endpoint });
  const { endpoint, region, credentials } = bucket.place;
  directory = await mkdtemp(join(tmpdir(), 'berkut-further-'));
  const secret = join(directory, 'secret');
  await writeFile(secret, `${credentials?.secretAccessKey ?? ''}\n`);
  await mkdir(join(directory, 'near'), { mode: 0o700 });
  const keys = { access_key_id: credentials?.accessKeyId, secret_access_key_file: secret };
  const file = join(directory, 'storages.json');
  await writeFile(
    file,
    JSON.stringify([
      { name: 'offsite', url: s3Url(bucket.place), endpoint, region, ...keys },
      { name: 'near', url: join(directory, 'near') },
    ]),
  );
  service = await startTestService({
    environment: { BERKUT_BACKUP_STORAGES_FILE: file },
    clock: { now: () => new Date(Date.now() + aheadMs) },
  });
});
afterAll(async () => {
  await service.stop();
  await proxy.stop();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const get = async (id: number): Promise<BackupDto> => (await service.client.get(`/backups/${id}`)).body.item;
const isPresent = (id: number, storage: string) => async () =>
  (await get(id)).files?.find((file) => file.storage === storage)?.state === 'present';
const made = async (): Promise<BackupDto & { filename: string }> => {
  const backup = await service.client.backUp();
  return Object.assign(backup, { filename: backup.filename ?? '' });
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const object = (name: string) => ({ Bucket: bucket.place.bucket, Key: `${bucket.place.prefix}${name}` });
const contentOf = async (name: string): Promise<Uint8Array> => {
  const { Body } = await bucket.client.send(new GetObjectCommand(object(name)));
  return Body === undefined ? new Uint8Array() : Body.transformToByteArray();
};
const isInBucket = (name: string): Promise<boolean> =>
  bucket.client.send(new HeadObjectCommand(object(name))).then(
    () => true,
    () => false,
  );

describe('a service whose copies are in S3, too', () => {
  it('copies there, reads the copy when the file is gone, makes a bad one again, and removes it with the backup', async () => {
    const kept = await made();
    const other = await made();
    for (const { id } of [kept, other]) await eventually(isPresent(id, 'offsite'));
    expect(sha256(await contentOf(kept.filename))).toBe(kept.checksum);

    const file = join(service.storagePath, kept.filename);
    await rename(file, join(directory, 'lost'));
    const download = await service.client.fetch('GET', `/backups/${kept.id}/download`);
    expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(kept.checksum);
    await rename(join(directory, 'lost'), file);

    // Of the same size, and gone.
    const damaged = (await contentOf(kept.filename)).toReversed();
    await bucket.client.send(new PutObjectCommand({ ...object(kept.filename), Body: damaged }));
    await bucket.client.send(new DeleteObjectCommand(object(other.filename)));
    await service.query(
      `UPDATE backup_files SET updated_at = now() - interval '31 days', verified_at = NULL WHERE storage = 'offsite'`,
    );
    const [offsite] = service.app.get(FurtherStorages).all;
    if (offsite === undefined) throw new Error('there is no further storage');
    const check = service.app.get(CopyCheck);
    for (const _ of [kept, other]) await check.checkNext(offsite, new AbortController().signal);
    for (const { id, filename, checksum } of [kept, other]) {
      await eventually(async () => (await isInBucket(filename)) && sha256(await contentOf(filename)) === checksum);
      await eventually(isPresent(id, 'offsite'));
    }

    for (const { id, filename } of [kept, other]) {
      await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
      expect(await isInBucket(filename)).toBe(false);
    }
  });

  it('brings a lost control database back from any storage, and finds the copies in the others', async () => {
    const { id: lost, filename, checksum } = await made();
    for (const storage of ['offsite', 'near']) await eventually(isPresent(lost, storage));
    await service.idle();
    await service.query('DELETE FROM backups');
    await service.query('DELETE FROM backup_files');
    await rm(join(service.storagePath, filename));

    const { adopted, storages } = await service.client.rescan('offsite');
    const id = adopted[0] ?? 0;
    expect([adopted, storages]).toEqual([[id], [{ storage: 'offsite', adopted: [id], found: [] }]]);
    const { files, ...backup } = await get(id);
    expect(backup).toMatchObject({ status: 'success', checksum, filename, pinned: true });
    // The first storage may have got it by now.
    expect(files?.[0]?.state).toMatch(/^(?:pending|present)$/);
    expect(files?.[1]).toMatchObject({ storage: 'offsite', state: 'present' });
    const download = await service.client.fetch('GET', `/backups/${id}/download`);
    expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(checksum);

    const again = await service.client.rescan();
    expect(again).toMatchObject({ status: 'success', adopted: [], missing: [], copies: [], unreadable: [] });
    expect(again.storages.map(({ storage }) => storage)).toEqual(['offsite', 'near']);
    await service.app.get(Healer).heal(new AbortController().signal);
    expect(sha256(await readFile(join(service.storagePath, filename)))).toBe(checksum);
    // Found by the rescan, or by the copier a moment before.
    expect(await isPresent(id, 'near')()).toBe(true);
    expect(await service.client.post('/backups/rescan', { storage: 'nowhere' })).toMatchObject({
      status: 400,
      body: { error: { code: 'backups.invalid_request', details: { field: 'storage', unknown: ['nowhere'] } } },
    });
    await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
  });

  it('finds a good copy behind a bad file of the first storage, which it replaces', async () => {
    const { id: lost, filename, checksum, size_bytes: size } = await made();
    for (const storage of ['offsite', 'near']) await eventually(isPresent(lost, storage));
    await service.idle();
    await service.query('DELETE FROM backups');
    await service.query('DELETE FROM backup_files');
    const file = join(service.storagePath, filename);
    await writeFile(file, (await readFile(file)).toReversed());

    const { adopted, unreadable } = await service.client.rescan();
    const id = adopted[0] ?? 0;
    expect(unreadable).toMatchObject([{ filename }]);
    expect(await get(id)).toMatchObject({ status: 'success', checksum, size_bytes: size });
    // A look at its size does not make it good.
    await service.app.get(StorageCheck).markFaults(() => Promise.resolve(false));
    const download = await service.client.fetch('GET', `/backups/${id}/download`);
    expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(checksum);
    await service.app.get(Healer).heal(new AbortController().signal);
    expect(sha256(await readFile(file))).toBe(checksum);
    expect((await get(id)).files?.[0]).toMatchObject({ storage: 'first', state: 'present' });
    await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
  });

  it('says which storage cannot be written, and is ready all the same', async () => {
    const probe = async (path: string) => {
      const response = await fetch(`${service.managementUrl}${path}`);
      return { status: response.status, text: await response.text() };
    };
    const alert = async (afterMinutes: number, isOn = false) => {
      const clock = { now: () => new Date(Date.now() + afterMinutes * MINUTE_MS) };
      return new UnusableStorages(service.app.get(StorageStates), clock).find(isOn);
    };
    const wrongKey: S3Fault = { kind: 'answer', status: 403, code: 'InvalidAccessKeyId' };
    proxy.break(() => wrongKey);
    try {
      // What was found before holds for a while.
      await eventually(async () =>
        (await probe('/readyz')).text.includes('storage_offsite failed (no copies are made there)\n'),
      );
      const { status, text } = await probe('/readyz');
      expect([status, text]).toEqual([200, expect.stringContaining('storage_near ok\n')]);
      expect((await probe('/metrics')).text.match(/^berkut_storages_(?:reachable|free_bytes)\S+ [01]?/gm)).toEqual([
        'berkut_storages_reachable{storage="first"} 1',
        'berkut_storages_reachable{storage="offsite"} 0',
        'berkut_storages_reachable{storage="near"} 1',
        expect.stringContaining('berkut_storages_free_bytes{storage="first"} '),
        expect.stringContaining('berkut_storages_free_bytes{storage="near"} '),
      ]);
      expect(await alert(9)).toBeUndefined();
      expect(await alert(0, true)).toBeDefined();
      expect(await alert(11)).toEqual({
        message: expect.stringMatching(
          /^The storage "offsite" has taken no files since \S+: The storage [^"]+\.$/,
        ) as string,
        cause: expect.stringContaining('InvalidAccessKeyId') as string,
      });
    } finally {
      proxy.break(() => undefined);
    }
    await eventually(async () => /^storage_offsite ok/m.test((await probe('/readyz')).text));
    expect(await alert(11)).toBeUndefined();
  });

  it('ends uploads that its copies have left at once, and those that may be of other programs after a day', async () => {
    const [copied, unfinished, failed, canceled] = [await made(), await made(), await made(), await made()];
    for (const { id } of [copied, unfinished, failed, canceled]) await eventually(isPresent(id, 'offsite'));
    await service.idle();
    // As a process leaves it that dies in a copy, and as one does whose storage went away before it could discard the file.
    await service.query(
      `UPDATE backup_files SET state = 'pending', next_try_at = now() + interval '1 hour'
       WHERE storage = 'offsite' AND backup_id = $1`,
      [unfinished.id],
    );
    for (const [status, { id }] of [
      ['failed', failed],
      ['canceled', canceled],
    ] as const)
      await service.query('UPDATE backups SET status = $2 WHERE id = $1', [id, status]);
    const byHand = [copied.filename, 'rekeyed.bscc'].sort();
    for (const name of [...byHand, unfinished.filename, failed.filename, canceled.filename])
      await bucket.client.send(new CreateMultipartUploadCommand(object(name)));
    const begun = async (): Promise<string[]> => {
      const { Bucket, Key } = object('');
      const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
      return Uploads.map(({ Key: key = '' }) => key.slice(Key.length)).sort();
    };
    // A copier or the job itself may be at it.
    await eventually(async () => {
      await service.app.get(LeftoverFiles).removeAll();
      return (await begun()).length <= byHand.length;
    });
    expect(await begun()).toEqual(byHand);
    aheadMs = DAY_MS + MINUTE_MS;
    try {
      await eventually(async () => {
        await service.app.get(LeftoverFiles).removeAll();
        return (await begun()).length === 0;
      });
    } finally {
      aheadMs = 0;
    }
  });
});
