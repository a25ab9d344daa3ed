import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../src/embedded/cluster';
import { fileSource } from '../src/engine/container/format/random-source';
import { digestOf } from '../src/engine/storage/file-digest';
import { s3Url, type S3Place } from '../src/engine/storage/s3/s3-place';
import { S3Storage } from '../src/engine/storage/s3/s3-storage';
import { startS3 } from '../test/support/s3-server';
import { Product, type Run, secondsOf } from './product';
import type { Facts, Times } from './report';
import { shell, timed } from './shell';
import { mean } from './statistics';

/** Where `setup.sh` puts the helper of the SDK. */
const LIB_STORAGE = join(__dirname, '../.berkut/bench');

/**
 * What S3 costs: an upload against the helper of the SDK, a backup straight to a bucket and a rehearsal from there against a
 * directory, and a copy. The server is a light one on this machine: of all times it takes a part that no other server would.
 */
export async function measureStorages(
  cluster: Cluster,
  database: string,
  directory: string,
  rounds: number,
): Promise<{ times: Times; facts: Facts }> {
  const times: Times = {};
  const add = (name: string, seconds: number): void => void (times[name] ??= []).push(seconds);
  const server = await startS3();
  const [straight, copies] = [(await server.newBucket()).place, (await server.newBucket()).place];
  const file = join(directory, 'storages.json');
  await writeFile(file, JSON.stringify([{ name: 'copies', url: s3Url(copies), ...connectionOf(copies) }]));
  const started = (name: string, environment: Record<string, string>): Promise<Product> =>
    Product.start(cluster, database, join(directory, name), {
      BERKUT_BACKUP_CONTROL_DB_URL: cluster.url(`${database}_${name}_control`),
      AWS_ACCESS_KEY_ID: straight.credentials?.accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: straight.credentials?.secretAccessKey ?? '',
      ...environment,
    });
  const local = await started('copied', { BERKUT_BACKUP_STORAGES_FILE: file });
  const inS3 = await started('straight', {
    BERKUT_BACKUP_PATH: s3Url(straight),
    BERKUT_BACKUP_S3_ENDPOINT: straight.endpoint ?? '',
    BERKUT_BACKUP_S3_REGION: straight.region ?? '',
  });
  const [cpu, memory]: [number[], number[]] = [[], []];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      console.log(`storages, round ${round} of ${rounds}`);
      const made = await local.backUp();
      add('backup to a directory', secondsOf(made));
      const { seconds, bytes } = await measureCopy(local, made);
      cpu.push(seconds / ((made.size_bytes ?? NaN) / 1e9));
      memory.push(bytes / 1e6);
      const inBucket = await inS3.backUp();
      add('backup to S3', secondsOf(inBucket));
      add('rehearsal from a directory', secondsOf(await local.rehearse(made.id)));
      add('rehearsal from S3', secondsOf(await inS3.rehearse(inBucket.id)));
      const path = join(local.storagePath, made.filename ?? '');
      add('upload to S3', await upload(path, straight, `upload-${round}.bscc`));
      add('upload to S3: lib-storage', await uploadByLibStorage(path, straight, `peer-${round}.bscc`));
    }
  } finally {
    await inS3.stop();
    await local.stop();
    await server.stop();
  }
  return {
    times,
    facts: {
      'copy: processor seconds of our process a GB of container': mean(cpu),
      'copy: peak memory above idle, MB': Math.max(...memory),
    },
  };
}

function connectionOf({ endpoint, region }: S3Place): { endpoint: string | undefined; region: string | undefined } {
  return { endpoint, region };
}

/** From the end of the backup until the copy is there. The copier looks every five seconds. */
async function measureCopy(product: Product, { id }: Run): Promise<{ seconds: number; bytes: number }> {
  const idleBytes = await product.memoryBytes();
  await product.resetUsage();
  await product.copied(id);
  const { main, pool, peakMemoryBytes } = await product.usage();
  return { seconds: main + pool, bytes: peakMemoryBytes - idleBytes };
}

async function upload(path: string, place: S3Place, name: string): Promise<number> {
  const storage = new S3Storage(place);
  const handle = await open(path);
  try {
    const source = fileSource(handle, (await handle.stat()).size);
    return await timed(async () => {
      const file = await storage.create(name, { expectedBytes: source.sizeBytes });
      await digestOf(source, new AbortController().signal, (block) => file.write(block));
      await file.publish();
    });
  } finally {
    await handle.close();
  }
}

async function uploadByLibStorage(path: string, place: S3Place, name: string): Promise<number> {
  const { endpoint, region, credentials } = place;
  const settings = { endpoint, region, credentials, forcePathStyle: true };
  const said = await shell('"$NODE" "$PROGRAM" "$PACKAGE" "$SETTINGS" "$BUCKET" "$KEY" "$FILE"', {
    NODE: process.execPath,
    PROGRAM: join(__dirname, 'lib-storage.mjs'),
    PACKAGE: LIB_STORAGE,
    SETTINGS: JSON.stringify(settings),
    BUCKET: place.bucket,
    KEY: `${place.prefix}${name}`,
    FILE: path,
  });
  return Number(said.trim());
}
