import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { S3Place } from '../../src/engine/storage/s3/s3-place';
import { S3Storage } from '../../src/engine/storage/s3/s3-storage';
import { checksumsIn } from '../support/checksums-in';
import { withClient } from '../support/cluster';
import type { JsonClient } from '../support/json-client';
import { type S3Proxy, type S3Request, startS3Proxy } from '../support/s3-proxy';
import type { S3Server } from '../support/s3-server';
import { killedService } from './killed-service';

/** Random, so that a backup of it has three parts. */
const THREE_PARTS = `CREATE TABLE noise AS SELECT decode(string_agg(md5(random()::text), ''), 'hex') AS bytes
  FROM generate_series(1, 1200000) i GROUP BY i % 100`;

/** What a writer asks of the server for a file of three parts, in this order but for the parts. */
export const REQUESTS = ['begin', 'part 1', 'part 2', 'part 3', 'look 1', 'end', 'look 2'] as const;

/** A request at which the process dies: the server does not get it, or does what it says and its answer is lost. */
export interface S3Step {
  readonly request: (typeof REQUESTS)[number];
  readonly how: 'unsent' | 'done';
}

/** A service that is killed while it writes to a bucket. */
export interface S3World {
  client(): JsonClient;
  /** Begins a backup, kills the process at that step, and starts it again. */
  killAt(step: S3Step): Promise<void>;
  /** Uploads of containers that have not ended. */
  uploads(): Promise<unknown[]>;
  /** Of each container that is visible, the SHA-256 of its bytes. */
  checksums(): Promise<Map<string, string>>;
  remove(): Promise<void>;
}

/** @param variables of the service, from the place behind the proxy */
export async function s3World(
  server: S3Server,
  variables: (place: S3Place, endpoint: string) => Promise<Readonly<Record<string, string>>>,
): Promise<S3World> {
  const proxy = await startS3Proxy(server.endpoint);
  const { place, client: s3 } = await server.newBucket();
  const service = await killedService({
    AWS_ACCESS_KEY_ID: place.credentials?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: place.credentials?.secretAccessKey ?? '',
    ...(await variables(place, proxy.endpoint)),
  });
  await withClient(service.target.url, (db) => db.query(THREE_PARTS));
  let client = await service.start();
  return {
    client: () => client,
    async killAt(step) {
      const killed = killWhen(step, proxy, () => service.kill());
      await client.post('/backups');
      await killed;
      proxy.break(() => undefined);
      client = await service.start();
    },
    async uploads() {
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: place.bucket }));
      return Uploads.filter(({ Key = '' }) => Key.endsWith('.bscc'));
    },
    checksums: () => checksumsIn(new S3Storage(place)),
    async remove() {
      await service.remove();
      await proxy.stop();
    },
  };
}

/** @returns what resolves when the process has been killed */
function killWhen({ request, how }: S3Step, proxy: S3Proxy, kill: () => Promise<void>): Promise<void> {
  const killed = Promise.withResolvers<undefined>();
  const end = (): void => void kill().then(() => killed.resolve(undefined), killed.reject);
  const nameOf = namer();
  proxy.break((asked) => {
    if (nameOf(asked) !== request) return undefined;
    if (how === 'done') return { kind: 'lost answer', onLost: end };
    end();
    return { kind: 'dead' };
  });
  return killed.promise;
}

/** Says which of {@link REQUESTS} a request is. */
function namer(): (request: S3Request) => string | undefined {
  let hasBegun = false;
  let looks = 0;
  return ({ method, path, query }) => {
    if (!path.endsWith('.bscc')) return undefined;
    if (method === 'POST' && query.has('uploads')) {
      hasBegun = true;
      return 'begin';
    }
    if (method === 'PUT' && query.has('partNumber')) return `part ${query.get('partNumber')}`;
    if (method === 'POST' && query.has('uploadId')) return 'end';
    // A copier also looks before it begins.
    return method === 'HEAD' && hasBegun ? `look ${(looks += 1)}` : undefined;
  };
}
