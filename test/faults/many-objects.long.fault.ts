import { readFile } from 'node:fs/promises';
import { paginateListObjectsV2, PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Url } from '../../src/engine/storage/s3/s3-place';
import { TEST_SECRET } from '../support/test-environment';
import { withClient } from '../support/cluster';
import { containerOf, TEST_KEY, testKey, ZSTD } from '../support/containers';
import { eventually } from '../support/eventually';
import { runBscc } from '../support/run-bscc';
import { type S3Request, startS3Proxy } from '../support/s3-proxy';
import { startS3 } from '../support/s3-server';
import { killedService } from './killed-service';

const OBJECTS = 10_000;
const BACKUPS = 100;
/** Retention leaves so many of them. */
const KEPT = 10;
/** They look like backups by their names, and are none. */
const BROKEN = 50;
const AT_ONCE = 8;
/** What may lie between a rescan of a few objects and one of all of them: mostly what waits for the collector. Seen were 2 to 34 MB. */
const ALLOWANCE_BYTES = 64 * 1024 * 1024;
/** S3 lists a thousand at once. */
const PAGES = OBJECTS / 1000 + 1;
/** What the service asks by itself meanwhile: whether the storage can be written. */
const OTHER_REQUESTS = 50;

const LIMIT_MS = 3_600_000;

it(
  `finds ${BACKUPS} backups among ${OBJECTS} objects with few requests and little memory, and asks for no other object`,
  async () => {
    const server = await startS3();
    const proxy = await startS3Proxy(server.endpoint);
    const { place, client: s3 } = await server.newBucket();
    const environment = {
      BERKUT_BACKUP_PATH: s3Url(place),
      BERKUT_BACKUP_S3_ENDPOINT: proxy.endpoint,
      BERKUT_BACKUP_S3_REGION: place.region ?? '',
      AWS_ACCESS_KEY_ID: place.credentials?.accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: place.credentials?.secretAccessKey ?? '',
    };
    const service = await killedService(environment, { demo: false });
    const named = (count: number, nameOf: (i: number) => string): string[] =>
      Array.from({ length: count }, (_, i) => nameOf(i));
    const put = async (names: readonly string[], body: (name: string) => Buffer | Promise<Buffer>): Promise<void> => {
      const left = [...names];
      const putNext = async (): Promise<void> => {
        for (let name = left.pop(); name !== undefined; name = left.pop()) {
          const object = { Bucket: place.bucket, Key: `${place.prefix}${name}` };
          await s3.send(new PutObjectCommand({ ...object, Body: await body(name) }));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, putNext));
    };
    const countAll = async (): Promise<number> => {
      let count = 0;
      for await (const { KeyCount = 0 } of paginateListObjectsV2({ client: s3 }, { Bucket: place.bucket }))
        count += KeyCount;
      return count;
    };
    const peakBytes = async (): Promise<number> => {
      const status = await readFile(`/proc/${String(service.pid)}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
    };
    const isForeign = ({ path }: S3Request): boolean => {
      const key = decodeURIComponent(path).slice(`/${place.bucket}/`.length);
      return key !== '' && !key.endsWith('.bscc') && !key.endsWith('.berkut-probe');
    };
    /** What was asked of the server meanwhile. */
    const during = async (what: string, most: { listings: number; perFile: number }, work: () => Promise<void>) => {
      const [before, beganAtMs] = [proxy.seen.length, performance.now()];
      await work();
      const asked = proxy.seen.slice(before);
      const seconds = ((performance.now() - beganAtMs) / 1000).toFixed(1);
      const pages = asked.filter(({ query }) => query.has('list-type')).length;
      process.stdout.write(`${what}: ${asked.length} requests, ${pages} of them lists, ${seconds} s\n`);
      expect(asked.filter(isForeign).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
      expect(pages).toBeGreaterThan(0);
      expect(pages).toBeLessThanOrEqual(most.listings * PAGES);
      expect(asked.length - pages).toBeLessThanOrEqual(most.perFile * (BACKUPS + BROKEN) + OTHER_REQUESTS);
    };
    try {
      const backups = named(BACKUPS, (i) => `berkut-scc_20261129T0200${String(i).padStart(2, '0')}Z_0000000a.bscc`);
      await put(backups, (name) =>
        containerOf([{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from(name) }], testKey()),
      );
      const client = await service.start();
      expect((await client.rescan()).adopted).toHaveLength(BACKUPS);
      await client.rescan();
      const fewBytes = await peakBytes();

      const broken = named(BROKEN, (i) => `broken-${i}.bscc`);
      const foreign = named(OBJECTS - BACKUPS - BROKEN, (i) => (i % 2 === 0 ? `log-${i}.txt` : `a b ${i}.bscc.gz`));
      await put([...broken, ...foreign], (name) => Buffer.from(name));

      // One listing for what cannot be a backup, one for files of no backup. Of each backup its size, header and index are looked at.
      await during('rescan', { listings: 2, perFile: 5 }, async () => {
        const { adopted, missing, copies, unreadable } = await client.rescan();
        expect({ adopted, missing, copies }).toEqual({ adopted: [], missing: [], copies: [] });
        expect(unreadable.map(({ filename }) => filename).sort()).toEqual([...broken].sort());
      });
      const grownBytes = (await peakBytes()) - fewBytes;
      process.stdout.write(`memory: ${(grownBytes / 1e6).toFixed(0)} MB more than for ${BACKUPS} objects\n`);
      expect(grownBytes).toBeLessThan(ALLOWANCE_BYTES);

      await during('doctor', { listings: 1, perFile: 2 }, async () => {
        const { stdout } = await runBscc(['doctor'], {
          ...environment,
          APP_ENV: 'test',
          BERKUT_DB_URL: service.target.url,
          BERKUT_BACKUP_CONTROL_DB_URL: service.control.url,
          BACKUP_ENCRYPTION_KEY: TEST_KEY,
          BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
        });
        expect(stdout).toMatch(/^ok {7}storage: /m);
        expect(stdout).toContain(`the ring opens ${BACKUPS} backups; ${BROKEN} are of version 1, no backups`);
      });

      // What a rescan adopts is pinned. The first turn of the plan looks at all files, and removes what is too old.
      await withClient(service.control.url, (db) => db.query('UPDATE backups SET pinned = false'));
      const plan = { enabled: true, retention_days: 1, keep_last_successful: KEPT };
      expect((await client.send('PUT', '/backups/plan', JSON.stringify(plan))).status).toBe(200);
      await service.kill();
      await during('check and retention', { listings: 2, perFile: 5 }, async () => {
        const again = await service.start({ ...environment, BERKUT_SCHEDULER_ENABLED: 'true' });
        await eventually(async () => (await again.get('/backups?limit=1')).body.total === KEPT);
      });
      // With the probe of the service.
      expect(await countAll()).toBe(OBJECTS - (BACKUPS - KEPT) + 1);
    } finally {
      await service.remove();
      await proxy.stop();
      await server.stop();
    }
  },
  LIMIT_MS,
);
