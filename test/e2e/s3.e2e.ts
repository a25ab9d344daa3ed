import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import { s3Url, type S3Place } from '../../src/engine/storage/s3/s3-place';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { itLong } from '../support/form';
import { runBscc } from '../support/run-bscc';
import { type S3Server, startS3 } from '../support/s3-server';

let server: S3Server;
beforeAll(async () => {
  server = await startS3();
});
afterAll(() => server.stop());

/** What the service and `bscc` are told of a place. */
function variables({ endpoint = '', region = '', credentials }: S3Place): Record<string, string> {
  return {
    BERKUT_BACKUP_S3_ENDPOINT: endpoint,
    BERKUT_BACKUP_S3_REGION: region,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  };
}

const start = (place: S3Place, more: Record<string, string> = {}): Promise<TestService> =>
  startTestService({ environment: { ...variables(place), BERKUT_BACKUP_PATH: s3Url(place), ...more } });

describe('a service whose storage is in S3', () => {
  let service: TestService;
  let place: S3Place;
  let client: S3Client;
  beforeAll(async () => {
    ({ place, client } = await server.newBucket());
    service = await start(place);
    await withClient(service.target.url, (db) =>
      db.query(`CREATE TABLE rows AS SELECT i AS id, md5(i::text) AS text FROM generate_series(1, 20000) AS i`),
    );
  });
  afterAll(() => service.stop());

  const object = (name = '') => ({ Bucket: place.bucket, Key: `${place.prefix}${name}` });
  const isThere = (name = ''): Promise<boolean> =>
    client.send(new HeadObjectCommand(object(name))).then(
      () => true,
      () => false,
    );
  const backup = async (id: number): Promise<BackupDto> => (await service.client.get(`/backups/${id}`)).body.item;
  const download = async (id: number, headers: Record<string, string> = {}): Promise<Buffer> =>
    Buffer.from(await (await service.client.fetch('GET', `/backups/${id}/download`, undefined, headers)).arrayBuffer());
  const bscc = (...args: string[]) => runBscc(args, { ...variables(place), BACKUP_ENCRYPTION_KEY: TEST_KEY });

  it('backs up, gives out, verifies, removes, takes in, finds again and rehearses', async () => {
    const made = await service.client.backUp({ label: 'in a bucket' });
    expect(made).toMatchObject({ status: 'success' });
    expect(await isThere(made.filename)).toBe(true);

    const bytes = await download(made.id);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.checksum);
    expect((await download(made.id, { Range: 'bytes=100-199' })).equals(bytes.subarray(100, 200))).toBe(true);

    const verified = await service.client.post(`/backups/${made.id}/verify`);
    expect(verified.status).toBeLessThan(300);

    // It is in use until its verification has ended.
    await eventually(async () => (await service.client.delete(`/backups/${made.id}`)).status < 300);
    expect(await isThere(made.filename)).toBe(false);

    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)]), 'brought.bscc');
    const imported = await fetch(`${service.url}/api/backups/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await service.token('backup_operator')}` },
      body: form,
    });
    expect(imported.status).toBe(201);

    await service.query('DELETE FROM backups');
    const { adopted, missing, unreadable } = await service.client.rescan();
    expect([adopted.length, missing, unreadable]).toEqual([1, [], []]);
    const found = await backup(adopted[0] ?? 0);
    expect(found).toMatchObject({ checksum: made.checksum, size_bytes: made.size_bytes, status: 'success' });
    const rehearsal = await service.client.restore(found.id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(rehearsal).toMatchObject({ status: 'success' });
  });

  itLong('restores by swap', async () => {
    const before = await dumpOf(service.target.url);
    const made = await service.client.backUp();
    expect(await service.client.restore(made.id)).toMatchObject({ status: 'success' });
    expect(await dumpOf(service.target.url)).toEqual(before);
  });

  itLong('says what is not a backup, and what is gone, when it looks at the bucket', async () => {
    const made = await service.client.backUp();
    await client.send(new PutObjectCommand({ ...object('broken.bscc'), Body: 'BSCC' }));
    await client.send(new PutObjectCommand({ ...object('a name.bscc'), Body: 'x' }));
    await client.send(new PutObjectCommand({ ...object('deeper/one.bscc'), Body: 'x' }));
    await client.send(new PutObjectCommand({ ...object('notes.txt'), Body: 'x' }));
    await client.send(new DeleteObjectCommand(object(made.filename)));
    const { adopted, missing, unreadable } = await service.client.rescan();
    expect(adopted).toEqual([]);
    expect(missing).toEqual([made.id]);
    expect(unreadable.map(({ filename, error_code: code }) => [filename, code])).toEqual([
      ['a name.bscc', 'backups.invalid_format'],
      ['broken.bscc', 'backups.invalid_format'],
    ]);
    for (const name of ['broken.bscc', 'a name.bscc']) await client.send(new DeleteObjectCommand(object(name)));
    expect((await service.client.get(`/backups/${made.id}/download`)).status).toBe(404);
  });

  it('is ready, and has no free space to tell of', async () => {
    const ready = await fetch(`${service.managementUrl}/readyz`);
    expect(ready.status).toBe(200);
    const metrics = await (await fetch(`${service.managementUrl}/metrics`)).text();
    expect(metrics).not.toMatch(/^berkut_storage_free_bytes /m);
  });

  itLong('gives its files to bscc by their address', async () => {
    const made = await service.client.backUp();
    const url = `${s3Url(place)}${made.filename}`;
    expect((await bscc('verify', url)).stdout).toContain(`sha256 ${made.checksum}`);
    expect((await bscc('list', url)).stdout).toContain('table public.');
  });

  itLong('gives bscc all that it asks of a file, and says why it cannot', async () => {
    const made = await service.client.backUp();
    const url = `${s3Url(place)}${made.filename}`;
    expect((await bscc('extract', url, 'schema')).stdout).toContain('PGDMP');
    const fresh = await testCluster().createDatabase();
    try {
      const restored = await bscc('restore', url, '--to', fresh.url);
      expect(restored).toMatchObject({ code: 0 });
      expect(await dumpOf(fresh.url)).toEqual(await dumpOf(service.target.url));
    } finally {
      await fresh.drop();
    }
    const gone = await bscc('verify', `${s3Url(place)}nothing.bscc`);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('there is no such file in the storage')]);
    expect((await bscc('verify', 's3://UP/x.bscc')).code).toBe(2);
    const away = {
      ...variables(place),
      BERKUT_BACKUP_S3_ENDPOINT: 'http://127.0.0.1:1',
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
    };
    const unreached = await runBscc(['verify', url], away);
    expect([unreached.code, unreached.stderr]).toEqual([
      1,
      expect.stringContaining('cannot be reached (ECONNREFUSED)'),
    ]);
  });

  itLong('is looked at by doctor', async () => {
    const { stdout } = await runBscc(['doctor'], {
      ...variables(place),
      APP_ENV: 'test',
      BERKUT_DB_URL: service.target.url,
      BERKUT_BACKUP_CONTROL_DB_URL: service.control.url,
      BERKUT_BACKUP_PATH: s3Url(place),
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
      BERKUT_AUTH_JWT_SECRET: 'a secret of thirty-two bytes, for tests',
    });
    expect(stdout).toMatch(/^ok {7}storage: s3:\/\/.* can be written and listed/m);
    expect(stdout).toMatch(/^ok {7}keys: the ring opens \d+ backups/m);
  });
});

describe('a service whose files in S3 are sealed with another key', () => {
  itLong('gives each backup the copy that bscc has made of its file, and the old one can be removed', async () => {
    const { place } = await server.newBucket();
    const directory = await mkdtemp(join(tmpdir(), 'berkut-rekey-'));
    const before = await start(place);
    try {
      const made = await before.client.backUp();
      await before.stopService();
      await writeFile(join(directory, 'old.keys'), `${TEST_KEY}\n`);
      const keys = {
        BACKUP_ENCRYPTION_KEY: '02'.repeat(32),
        BERKUT_BACKUP_PREVIOUS_KEYS_FILE: join(directory, 'old.keys'),
      };
      const rekey = async (...options: string[]): Promise<string[]> => {
        const { stdout } = await runBscc(['rekey', ...options, s3Url(place), '--json'], {
          ...variables(place),
          ...keys,
        });
        const { files } = JSON.parse(stdout) as { files: { result: string }[] };
        return files.map(({ result }) => result).sort();
      };
      expect(await rekey()).toEqual(['rekeyed']);
      const environment = { ...variables(place), BERKUT_BACKUP_PATH: s3Url(place), ...keys };
      const after = await startTestService({ beside: before, environment });
      try {
        const { adopted, rekeyed, missing, copies } = await after.client.rescan();
        expect([adopted, rekeyed, missing, copies]).toEqual([[], [made.id], [], []]);
        const { item } = (await after.client.get(`/backups/${made.id}`)).body;
        expect(item.filename).not.toBe(made.filename);
        expect([item.checksum === made.checksum, item.size_bytes]).toEqual([false, made.size_bytes]);
        // The old one belongs to no backup, and does not come back as one.
        expect(await after.client.rescan()).toMatchObject({
          adopted: [],
          rekeyed: [],
          copies: [{ filename: made.filename, backup_id: made.id }],
        });
        expect(await rekey('--remove-old')).toEqual(['removed', 'unchanged']);
        expect(await after.client.rescan()).toMatchObject({ adopted: [], rekeyed: [], copies: [], missing: [] });
        expect(await after.client.restore(made.id, { mode: 'rehearse' }, 'restore/dry-run')).toMatchObject({
          status: 'success',
        });
      } finally {
        await after.stopService();
      }
    } finally {
      await before.stop();
      await rm(directory, { recursive: true });
    }
  });
});

describe('a service whose bucket locks files', () => {
  itLong('keeps a backup until its lock ends, and says until when', async () => {
    // The light server does not hold its locks.
    if (!server.isStrict) return;
    const { place } = await server.newBucket({ hasLock: true });
    const service = await start(place, { BERKUT_BACKUP_S3_LOCK_DAYS: '2' });
    try {
      const { id } = await service.client.backUp();
      const { status, body } = await service.client.delete(`/backups/${id}`);
      expect([status, body.error.code]).toEqual([409, 'backups.file_locked']);
      expect(Date.parse(String(body.error.details?.['locked_until']))).toBeGreaterThan(Date.now() + 86_400_000);
      expect((await service.client.get(`/backups/${id}/download`)).status).toBe(200);
    } finally {
      await service.stop();
    }
  });
});

describe('a storage in S3 that cannot be used', () => {
  itLong('is told as such, with the reason for those who run it, and without a secret', async () => {
    const { place } = await server.newBucket();
    const directory = await mkdtemp(join(tmpdir(), 'berkut-s3-'));
    const secret = join(directory, 'secret');
    await writeFile(secret, `${place.credentials?.secretAccessKey ?? ''}\n`);
    const service = await start(
      { ...place, bucket: `${place.bucket}-gone` },
      { AWS_SECRET_ACCESS_KEY: '', AWS_SECRET_ACCESS_KEY_FILE: secret },
    );
    try {
      const failed = await service.client.backUp();
      expect(failed).toMatchObject({
        status: 'failed',
        error_code: 'backups.storage_unavailable',
        error_cause: { where: 'storage', message: 'the bucket is not there (NoSuchBucket)' },
      });
      expect((await fetch(`${service.managementUrl}/readyz`)).status).toBe(503);
    } finally {
      await service.stop();
      await rm(directory, { recursive: true });
    }
  });
});
