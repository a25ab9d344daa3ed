import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { LeftoverFiles } from '../../src/backups/catalogue/leftover-files';
import { s3Url } from '../../src/engine/storage/s3/s3-place';
import { S3Storage } from '../../src/engine/storage/s3/s3-storage';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { type S3Proxy, type S3Request, startS3Proxy } from '../support/s3-proxy';
import { type S3Server, startS3 } from '../support/s3-server';

/** Random, so that a backup of it has several parts. */
const NOISE = `CREATE TABLE noise AS SELECT decode(string_agg(md5(random()::text), ''), 'hex') AS bytes
  FROM generate_series(1, 1200000) i GROUP BY i % 100`;

/** The first storage is a bucket behind a network that dies when it is told to. Copies are in a directory. */
let directory: string;
let server: S3Server;
let proxy: S3Proxy;
let bucket: Awaited<ReturnType<S3Server['newBucket']>>;
let environment: Readonly<Record<string, string>>;
let service: TestService;
beforeAll(async () => {
  server = await startS3();
  proxy = await startS3Proxy(server.endpoint);
  bucket = await server.newBucket();
  directory = await mkdtemp(join(tmpdir(), 'berkut-s3-outage-'));
  await mkdir(join(directory, 'near'), { mode: 0o700 });
  const storages = join(directory, 'storages.json');
  await writeFile(storages, JSON.stringify([{ name: 'near', url: join(directory, 'near') }]));
  const { credentials, region = '' } = bucket.place;
  environment = {
    BERKUT_BACKUP_PATH: s3Url(bucket.place),
    BERKUT_BACKUP_S3_ENDPOINT: proxy.endpoint,
    BERKUT_BACKUP_S3_REGION: region,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    BERKUT_BACKUP_STORAGES_FILE: storages,
  };
  service = await startTestService({ environment });
  await withClient(service.target.url, (db) => db.query(NOISE));
});
afterAll(async () => {
  await service.stop();
  await proxy.stop();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const uploads = async (): Promise<string[]> => {
  const { Uploads = [] } = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.place.bucket }));
  return Uploads.flatMap(({ Key = '' }) => (Key.endsWith('.bscc') ? Key : []));
};
/** The server is away as soon as such a request comes, until it is told to be back. */
const awayFrom = (isMeant: (request: S3Request) => boolean): void => {
  let isAway = false;
  proxy.break((request) => ((isAway ||= isMeant(request)) ? { kind: 'dead' } : undefined));
};
const isBack = (): void => proxy.break(() => undefined);

describe('a service whose bucket is away', () => {
  it('in the middle of a backup, fails it, and leaves nothing of it once the bucket is back', async () => {
    awayFrom(({ query }) => query.get('partNumber') === '2');
    const failed = await service.client.backUp();
    expect(failed).toMatchObject({ status: 'failed', error_code: 'backups.storage_unavailable' });
    expect(failed.files ?? []).toEqual([]);
    expect(await uploads()).toHaveLength(1);
    isBack();
    await eventually(async () => {
      await service.app.get(LeftoverFiles).removeAll();
      return (await uploads()).length === 0;
    });
    expect(await new S3Storage(bucket.place).list()).toEqual([]);
  });

  it('in the middle of a restore, goes on from a copy', async () => {
    const source = await dumpOf(service.target.url);
    const { id, filename = '' } = await service.client.backUp();
    await eventually(async () => {
      const { files = [] } = (await service.client.get(`/backups/${id}`)).body.item;
      return files.length === 2 && files.every(({ state }) => state === 'present');
    });
    // The check before a restore reads what the container says of itself; rows come in pieces of megabytes.
    let readBytes = 0;
    awayFrom(({ method, path, headers: { range = '' } }) => {
      const [, start = 0, end = 0] = (/^bytes=(\d+)-(\d+)$/.exec(range) ?? []).map(Number);
      if (method === 'GET' && path.endsWith(filename)) readBytes += end - start + 1;
      return readBytes > 8 * 1024 * 1024;
    });
    expect(await service.client.restore(id)).toMatchObject({ status: 'success' });
    expect(readBytes).toBeGreaterThan(8 * 1024 * 1024);
    isBack();
    expect(await dumpOf(service.target.url)).toEqual(source);
  });

  it('at the start, starts all the same, says so, and writes there once it is back', async () => {
    awayFrom(() => true);
    const replica = await startTestService({ beside: service, environment });
    try {
      const readiness = async (): Promise<string> => (await fetch(`${replica.managementUrl}/readyz`)).text();
      expect((await replica.client.get('/backups')).status).toBe(200);
      await eventually(async () => /^storage failed/m.test(await readiness()));
      isBack();
      await eventually(async () => /^storage ok/m.test(await readiness()));
      expect(await replica.client.backUp()).toMatchObject({ status: 'success', files: [{ storage: 'first' }, {}] });
    } finally {
      isBack();
      await replica.stop();
    }
  });
});
