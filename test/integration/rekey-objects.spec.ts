import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { RekeyedFile } from '../../src/cli/container/rekey';
import { rekeyedName, rekeyObjects } from '../../src/cli/container/rekey-objects';
import { lend } from '../../src/engine/bytes/borrowed';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { verifyContainer } from '../../src/engine/container/read/verify-container';
import type { S3Place } from '../../src/engine/storage/s3/s3-place';
import { S3Storage } from '../../src/engine/storage/s3/s3-storage';
import { containerOf, testKey, ZSTD } from '../support/containers';
import { itLong } from '../support/form';
import { takeNodesErrors } from '../support/node-errors';
import { startS3Proxy } from '../support/s3-proxy';
import { type S3Server, startS3 } from '../support/s3-server';

const OLD = new KeyRing(testKey(1));
const NEW = new KeyRing(testKey(2));
const BOTH = new KeyRing(testKey(2), [testKey(1)]);

let server: S3Server;
let place: S3Place;
let client: S3Client;
let storage: S3Storage;
takeNodesErrors();
beforeAll(async () => {
  server = await startS3();
});
afterAll(() => server.stop());
beforeEach(async () => {
  ({ place, client } = await server.newBucket());
  storage = new S3Storage(place);
});

const put = async (name: string, content: Buffer): Promise<void> => {
  const file = await storage.create(name);
  await file.write(lend(content));
  await file.publish();
};
const container = (): Promise<Buffer> =>
  containerOf(
    [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.alloc(200_000, 'plain') }],
    testKey(1),
  );
const opensWith = async (name: string, ring: KeyRing): Promise<boolean> => {
  const file = await storage.open(name);
  try {
    await verifyContainer(file, ring);
    return true;
  } catch {
    return false;
  } finally {
    await file.close();
  }
};
const uploads = async (): Promise<number> =>
  ((await client.send(new ListMultipartUploadsCommand({ Bucket: place.bucket }))).Uploads ?? []).length;
const run = async (ring = BOTH, more: { only?: string; removesOld?: boolean } = {}): Promise<string[]> => {
  const results: RekeyedFile[] = [];
  const { only, removesOld = false } = more;
  for await (const one of rekeyObjects({ storage, place: '', only, removesOld }, ring)) results.push(one);
  return results.map(({ file, result }) => `${file} ${result}`);
};
const fresh = rekeyedName('a.bscc', testKey(2).id);

describe('rekeying objects', () => {
  it('copies each under a new name, and removes the old one when asked to and the copy is whole', async () => {
    await put('a.bscc', await container());
    await put('broken.bscc', Buffer.from('BSCC'));
    await put('notes.txt', Buffer.from('x'));
    expect(await run(BOTH, { removesOld: true })).toEqual(['a.bscc skipped', 'broken.bscc failed']);
    expect(await run()).toEqual(['a.bscc rekeyed', 'broken.bscc failed']);
    expect(await storage.list()).toEqual([fresh, 'a.bscc', 'broken.bscc', 'notes.txt'].sort());
    expect([await opensWith('a.bscc', OLD), await opensWith(fresh, OLD), await opensWith(fresh, NEW)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(await run(BOTH, { only: 'a.bscc' })).toEqual(['a.bscc unchanged']);
    expect(await run(BOTH, { removesOld: true })).toEqual([
      `${fresh} unchanged`,
      'a.bscc removed',
      'broken.bscc failed',
    ]);
    expect(await storage.list()).toEqual([fresh, 'broken.bscc', 'notes.txt'].sort());
    // Back again, it gets the name of that key.
    expect(await run(new KeyRing(testKey(1), [testKey(2)]), { only: fresh })).toEqual([`${fresh} rekeyed`]);
    expect(await opensWith(rekeyedName(fresh, testKey(1).id), OLD)).toBe(true);
    expect(rekeyedName(fresh, testKey(1).id)).toBe(`a-k${testKey(1).id.slice(0, 8)}.bscc`);
  });

  it('takes nothing else for its copy, and removes no old one for it', async () => {
    await put('a.bscc', await container());
    await put(fresh, await container());
    expect(await run(BOTH, { only: 'a.bscc', removesOld: true })).toEqual(['a.bscc failed']);
    expect(await opensWith('a.bscc', OLD)).toBe(true);
  });

  itLong('leaves nothing half visible, wherever it is killed, and the next run goes on', async () => {
    const content = await container();
    for (const isAnswered of [false, true]) {
      for (let count = 1; ; count += 1) {
        ({ place, client } = await server.newBucket());
        storage = new S3Storage(place);
        await put('a.bscc', content);
        const proxy = await startS3Proxy(server.endpoint);
        const arguments_ = [
          '--require',
          join(__dirname, '../support/register-typescript.js'),
          join(__dirname, '../support/rekey-objects-program.ts'),
          JSON.stringify({ ...place, endpoint: proxy.endpoint }),
        ];
        const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'ignore', 'inherit'] });
        // At each request, which the server does not get, or does and its answer is lost.
        proxy.break(() => {
          if (proxy.seen.length !== count) return undefined;
          child.kill('SIGKILL');
          return { kind: isAnswered ? 'lost answer' : 'dead' };
        });
        await once(child, 'close');
        const wasKilled = proxy.seen.length >= count;
        await proxy.stop();
        // Old, and new once it is whole.
        const names = (await storage.list()).filter((name) => name.endsWith('.bscc'));
        expect([names, await opensWith('a.bscc', OLD)]).toEqual([
          names.filter((n) => n === fresh || n === 'a.bscc'),
          true,
        ]);
        if (names.includes(fresh)) expect([count, await opensWith(fresh, NEW)]).toEqual([count, true]);
        await run();
        expect([count, await opensWith(fresh, NEW), await uploads()]).toEqual([count, true, 0]);
        if (!wasKilled) break;
      }
    }
  });
});
