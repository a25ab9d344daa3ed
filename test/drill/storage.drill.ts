import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { s3Url, type S3Place } from '../../src/engine/storage/s3/s3-place';
import { S3Storage } from '../../src/engine/storage/s3/s3-storage';
import { checksumsIn } from '../support/checksums-in';
import { testCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import type { JsonClient } from '../support/json-client';
import { Replica } from '../support/replica';
import { type S3Proxy, startS3Proxy } from '../support/s3-proxy';
import { startS3 } from '../support/s3-server';
import { Chance } from './chance';
import { failingServer, haveTroubles, killedReplica, missingDirectory } from './troubles';

/** How long replicas are killed and storages are away. */
const SECONDS = Number(process.env['STORAGE_DRILL_SECONDS'] ?? 600);
const SEED = Number(process.env['STORAGE_DRILL_SEED'] ?? Date.now() % 1_000_000);

const PAGE = 100;
/** Random, so that a backup of it has two parts in S3. */
const NOISE = `CREATE TABLE noise AS SELECT decode(string_agg(md5(random()::text), ''), 'hex') AS bytes
  FROM generate_series(1, 600000) i GROUP BY i % 100; CREATE TABLE drill (n bigint)`;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const allOf = async (client: JsonClient): Promise<BackupDto[]> => {
  const all: BackupDto[] = [];
  for (;;) {
    const { items } = (await client.get(`/backups?limit=${PAGE}&offset=${all.length}`)).body;
    all.push(...items);
    if (items.length < PAGE) return all;
  }
};
/** Makes backups and reads some of them, through one replica or another, whatever becomes of it. */
async function work(replicas: readonly [Replica, ...Replica[]], targetUrl: string, untilMs: number) {
  const chance = new Chance(SEED);
  const counts = { asked: 0, read: 0, refused: 0 };
  const readOne = async (client: JsonClient): Promise<void> => {
    const backup = (await allOf(client)).filter(({ status }) => status === 'success').at(-1);
    if (backup === undefined) return;
    const answer = await client.fetch('GET', `/backups/${backup.id}/download`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 200) {
      counts.refused += 1;
      return;
    }
    // A download that ends well has the bytes of the backup.
    counts.read += 1;
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(backup.checksum);
  };
  while (Date.now() < untilMs) {
    await withClient(targetUrl, (db) => db.query(`INSERT INTO drill SELECT generate_series(1, 2000)`));
    const { client } = chance.oneOf(replicas);
    if (client !== undefined) {
      counts.asked += 1;
      // The replica may be killed: then the request or the answer is lost.
      await client.post('/backups').catch(() => undefined);
      await delay(chance.below(3_000));
      await readOne(client).catch((error: unknown) => {
        if (error instanceof Error && error.name !== 'TypeError') throw error;
      });
    }
    await delay(chance.below(2_000));
  }
  return counts;
}

describe(`three replicas and three storages, seed ${SEED}`, () => {
  it('lose no backup to kills and outages, and the second storage and the key alone bring all of them back', async () => {
    const server = await startS3();
    const directory = await mkdtemp(join(tmpdir(), 'berkut-drill-'));
    const target = await testCluster().createDatabase(undefined, { demo: true });
    const control = await testCluster().createDatabase();
    const [empty, again] = [await testCluster().createDatabase(), await testCluster().createDatabase()];
    const first = join(directory, 'first');
    await mkdir(`${first}.mounted`, { mode: 0o700 });
    await symlink(`${first}.mounted`, first);
    const [locked, other] = [await server.newBucket({ hasLock: true }), await server.newBucket()];
    const [lockedProxy, otherProxy] = [await startS3Proxy(server.endpoint), await startS3Proxy(server.endpoint)];
    const { credentials, region = '' } = locked.place;
    const keys = {
      AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    };
    const described = (name: string, place: S3Place, { endpoint }: S3Proxy) => ({
      name,
      url: s3Url(place),
      endpoint,
      region,
    });
    const storages = join(directory, 'storages.json');
    await writeFile(
      storages,
      JSON.stringify([
        { ...described('locked', locked.place, lockedProxy), lock_days: 1 },
        described('other', other.place, otherProxy),
      ]),
    );
    const environment = {
      BERKUT_DB_URL: target.url,
      BERKUT_BACKUP_CONTROL_DB_URL: control.url,
      BERKUT_BACKUP_PATH: first,
      BERKUT_BACKUP_STORAGES_FILE: storages,
      ...keys,
    };
    const replicas = [
      await Replica.make(environment),
      await Replica.make(environment),
      await Replica.make(environment),
    ] as const;
    const fresh = await Replica.make({
      BERKUT_DB_URL: empty.url,
      BERKUT_BACKUP_CONTROL_DB_URL: again.url,
      BERKUT_BACKUP_PATH: s3Url(locked.place),
      BERKUT_BACKUP_S3_ENDPOINT: server.endpoint,
      BERKUT_BACKUP_S3_REGION: region,
      ...keys,
    });
    try {
      say(`STORAGE_DRILL_SEED=${SEED} STORAGE_DRILL_SECONDS=${SECONDS}`);
      await withClient(target.url, (db) => db.query(NOISE));
      for (const replica of replicas) await replica.start();
      const endMs = Date.now() + SECONDS * 1000;
      const kinds = [
        missingDirectory(first),
        failingServer(lockedProxy),
        failingServer(otherProxy),
        killedReplica([...replicas]),
      ];
      const [counts] = await Promise.all([
        work([...replicas], target.url, endMs),
        haveTroubles(kinds, SEED + 1, endMs),
      ]);

      // All is well again. What a process has left goes at the next start.
      await replicas[0].kill();
      const client = await replicas[0].start();
      await withClient(target.url, (db) => db.query(`INSERT INTO drill VALUES (-1)`));
      const newest = await client.backUp();
      expect(newest.status).toBe('success');
      const source = await dumpOf(target.url);
      await eventually(async () =>
        (await allOf(client)).every(({ status }) => status !== 'queued' && status !== 'running'),
      );
      const all = await allOf(client);
      const good = all.filter(({ status }) => status === 'success');
      for (const { id } of good) {
        await client.post(`/backups/${id}/copies`);
        await eventually(async () => {
          const { files = [] } = (await client.get(`/backups/${id}`)).body.item;
          return files.length === 3 && files.every(({ state }) => state === 'present');
        });
      }

      // Each is there once, in each storage, with the bytes that were written. What a process has published and not told of before it died
      // belongs to no backup.
      const wanted = new Map(good.map(({ filename = '', checksum = '' }) => [filename, checksum]));
      expect(wanted.size).toBe(good.length);
      const extra = new Set<string>();
      for (const storage of [new LocalStorage(first), new S3Storage(locked.place), new S3Storage(other.place)]) {
        const found = await checksumsIn(storage);
        for (const [name, checksum] of wanted) expect([name, found.get(name)]).toEqual([name, checksum]);
        for (const name of found.keys()) if (!wanted.has(name)) extra.add(name);
      }
      const failed = all.length - good.length;
      expect(extra.size).toBeLessThanOrEqual(failed);
      // Nothing half is left. What was tried out when a process was killed stays for a while, and belongs to no backup.
      const halves = async (): Promise<string[]> => {
        const found = (await readdir(first)).filter((name) => name.startsWith('.') && !name.endsWith('-probe'));
        for (const { place, client: s3 } of [locked, other]) {
          const { bucket: Bucket, prefix } = place;
          const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
          for (const { Key = '', UploadId } of Uploads.filter(({ Key: key = '' }) => key.endsWith('.bscc'))) {
            // If an answer was lost, the repeated request has begun another upload. The first one stays for a day, without parts.
            const parts = s3
              .send(new ListPartsCommand({ Bucket, Key, UploadId }))
              .then(({ Parts = [] }) => Parts.length);
            const isEmpty = (await parts.catch(() => undefined)) === 0;
            if (!isEmpty || !wanted.has(Key.slice(prefix.length))) found.push(Key);
          }
        }
        return found;
      };
      await eventually(async () => (await halves()).length === 0);
      say(`${JSON.stringify(counts)}: ${good.length} made, ${failed} failed, ${extra.size} published and not told of`);

      // The control database, the first storage and all replicas are gone.
      for (const replica of replicas) await replica.remove();
      await control.drop();
      await rm(directory, { recursive: true });
      const back = await fresh.start();
      const { adopted, unreadable } = await back.rescan();
      const items = await allOf(back);
      expect([items.length, unreadable]).toEqual([adopted.length, []]);
      const listed = new Map(items.map(({ filename = '', checksum = '' }) => [filename, checksum]));
      for (const [name, checksum] of wanted) expect([name, listed.get(name)]).toEqual([name, checksum]);
      const found = items.find(({ filename }) => filename === newest.filename);
      expect(await back.restore(found?.id ?? 0)).toMatchObject({ status: 'success' });
      expect(await dumpOf(empty.url)).toEqual(source);
    } finally {
      for (const replica of [...replicas, fresh]) await replica.remove();
      for (const proxy of [lockedProxy, otherProxy]) await proxy.stop();
      await server.stop();
      for (const database of [target, control, empty, again]) await database.drop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
