import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Place } from '../../src/engine/storage/s3/s3-place';

/** Made by scripts/get-moto.sh. */
const MOTO = join(__dirname, '../../.berkut/moto/moto_server');

/** A running S3 server. */
export interface S3Server {
  readonly endpoint: string;
  /** It checks signatures, checksums, conditions and locks as Amazon's does; the light one is lax. */
  readonly isStrict: boolean;
  /** A new bucket with nothing in it, and a client for what the storage does not do. */
  newBucket(options?: { hasLock?: boolean; endpoint?: string }): Promise<{ place: S3Place; client: S3Client }>;
  stop(): Promise<void>;
}

/** The server of `npm run test:storage`, when that runs, or the light one. */
export async function startS3(): Promise<S3Server> {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY: accessKeyId, S3_SECRET_KEY: secretAccessKey } = process.env;
  if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) return startMoto();
  return serverAt(endpoint, { accessKeyId, secretAccessKey, sessionToken: undefined }, true, () => Promise.resolve());
}

/** TLS of the server of `npm run test:storage`. */
export async function tlsOfServer(): Promise<{ endpoint: string; authorities: string } | undefined> {
  const { S3_ENDPOINT_TLS: endpoint, S3_CA: path } = process.env;
  return endpoint === undefined || path === undefined
    ? undefined
    : { endpoint, authorities: await readFile(path, 'utf8') };
}

async function startMoto(): Promise<S3Server> {
  const child = spawn(MOTO, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const endpoint = await addressOf(child);
  const credentials = { accessKeyId: 'testaccess', secretAccessKey: 'testsecret', sessionToken: undefined };
  return serverAt(endpoint, credentials, false, async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
}

/** Read to the end: a server that cannot write its log stops. */
function addressOf(child: ChildProcess): Promise<string> {
  const found = Promise.withResolvers<string>();
  const said: string[] = [];
  child.once('error', (cause) =>
    found.reject(new Error('moto is not there: scripts/get-moto.sh brings it', { cause })),
  );
  child.once('exit', () => found.reject(new Error(`moto has ended: ${said.join('\n')}`)));
  if (child.stderr === null) throw new Error('moto has no standard error');
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (said.length < 50) said.push(line);
    const address = / \* Running on (http:\/\/[\d.:]+)/.exec(line)?.[1];
    if (address !== undefined) found.resolve(address);
  });
  return found.promise;
}

function serverAt(
  serverEndpoint: string,
  credentials: NonNullable<S3Place['credentials']>,
  isStrict: boolean,
  stop: () => Promise<void>,
): S3Server {
  const { accessKeyId, secretAccessKey } = credentials;
  const client = new S3Client({
    endpoint: serverEndpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  return {
    endpoint: serverEndpoint,
    isStrict,
    async newBucket({ hasLock = false, endpoint = serverEndpoint } = {}) {
      const bucket = `berkut-${randomBytes(8).toString('hex')}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: hasLock }));
      return { place: { bucket, prefix: 'backups/', endpoint, region: 'us-east-1', credentials, pauseMs: 1 }, client };
    },
    async stop() {
      client.destroy();
      await stop();
    },
  };
}
