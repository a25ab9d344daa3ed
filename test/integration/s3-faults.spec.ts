import { createHash, randomBytes } from 'node:crypto';
import {
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { itLong } from '../support/form';
import { takeNodesErrors } from '../support/node-errors';
import { type S3Fault, type S3Proxy, type S3Request, startS3Proxy } from '../support/s3-proxy';
import { type S3Server, startS3, tlsOfServer } from '../support/s3-server';
import { lend } from '../../src/engine/bytes/borrowed';
import { readSequentially } from '../../src/engine/container/format/random-source';
import type { Storage } from '../../src/engine/storage/storage';
import type { S3Place } from '../../src/engine/storage/s3/s3-place';
import { S3Storage } from '../../src/engine/storage/s3/s3-storage';

const MIB = 1024 * 1024;

let server: S3Server;
let proxy: S3Proxy;
takeNodesErrors();
beforeAll(async () => {
  server = await startS3();
});
afterAll(() => server.stop());
beforeEach(async () => {
  proxy = await startS3Proxy(server.endpoint);
});
afterEach(() => proxy.stop());

/** A storage behind the proxy, and the client of an operator who goes around it. */
async function storageInBucket(
  more: Partial<S3Place> = {},
  options: { hasLock?: boolean } = {},
): Promise<{ storage: Storage; place: S3Place; client: S3Client }> {
  const { place, client } = await server.newBucket(options);
  const all = { ...place, endpoint: proxy.endpoint, ...more };
  return { storage: new S3Storage(all), place: all, client };
}

async function put(storage: Storage, name: string, content: Buffer): Promise<void> {
  const file = await storage.create(name, { expectedBytes: content.length });
  try {
    await file.write(lend(content));
    await file.publish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function get(storage: Storage, name: string): Promise<string> {
  const file = await storage.open(name);
  try {
    const digest = createHash('sha256');
    for await (const block of readSequentially(file, MIB)) digest.update(block);
    return digest.digest('hex');
  } finally {
    await file.close();
  }
}

/** As the streams of a container are read, which lie beside each other. */
async function getInPieces(storage: Storage, name: string): Promise<string> {
  const file = await storage.open(name);
  try {
    const digest = createHash('sha256');
    for (let at = 0; at < file.sizeBytes; at += MIB)
      digest.update(await file.read(at, Math.min(MIB, file.sizeBytes - at)));
    return digest.digest('hex');
  } finally {
    await file.close();
  }
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
/** Only where it is awaited: what a busy machine is slow to answer would otherwise be asked again. */
const shortSilence = ({ kind }: S3Fault): Partial<S3Place> => (kind === 'silence' ? { silenceMs: 3_000 } : {});
const isBeginning = ({ method, query }: S3Request): boolean => method === 'POST' && query.has('uploads');
const isPart = ({ method, query }: S3Request): boolean => method === 'PUT' && query.has('partNumber');
const isEnd = ({ method, query }: S3Request): boolean => method === 'POST' && query.has('uploadId');
const isGet = ({ method, query }: S3Request): boolean => method === 'GET' && !query.has('list-type');

/** The fault for the first so many requests of a kind. */
function first(count: number, isMeant: (request: S3Request) => boolean, fault: S3Fault) {
  let left = count;
  return (request: S3Request): S3Fault | undefined => (isMeant(request) && left-- > 0 ? fault : undefined);
}

async function uploadsIn(client: S3Client, { bucket: Bucket }: S3Place): Promise<number> {
  return ((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).length;
}

describe('a storage in S3 whose server or network has a bad moment', () => {
  const broken: S3Fault = { kind: 'answer', status: 500, code: 'InternalError' };
  const writes = async (_: string, count: number, isMeant: (request: S3Request) => boolean, fault: S3Fault) => {
    const { storage, place, client } = await storageInBucket(shortSilence(fault));
    const content = randomBytes(9 * MIB);
    proxy.break(first(count, isMeant, fault));
    await put(storage, 'one.bscc', content);
    expect(await get(storage, 'one.bscc')).toBe(sha256(content));
    expect(await uploadsIn(client, place)).toBe(0);
  };
  type Row = [string, number, (request: S3Request) => boolean, S3Fault];
  it.each<Row>([
    ['parts fail ten times', 10, isPart, broken],
    ['a part is taken in silence', 1, isPart, { kind: 'silence' }],
    ['the answer to the end of the upload is lost', 1, isEnd, { kind: 'lost answer' }],
    ['answers to the beginning of the upload are lost', 3, isBeginning, { kind: 'lost answer' }],
  ])('writes a file although %s', writes);
  itLong.each<Row>([
    ['a part fails once', 1, isPart, broken],
    ['a part fails three times', 3, isPart, broken],
    ['the server asks to slow down', 2, isPart, { kind: 'answer', status: 503, code: 'SlowDown' }],
    ['connections break', 3, isPart, { kind: 'dead' }],
    ['the answer to a part is lost', 1, isPart, { kind: 'lost answer' }],
    ['the end of the upload fails', 2, isEnd, broken],
  ])('writes a file although %s', writes);

  describe.each([
    ['front to back', get],
    ['in pieces', getInPieces],
  ])('reads a file %s', (_, read) => {
    it.each([
      ['bodies break off', 6, { kind: 'torn', afterBytes: 1_000_000 }],
      ['answers do not come', 1, { kind: 'silence' }],
      ['connections break', 3, { kind: 'dead' }],
      ['requests fail', 3, broken],
    ] satisfies [string, number, S3Fault][])('although %s', async (_fault, count, fault) => {
      const { storage } = await storageInBucket(shortSilence(fault));
      const content = randomBytes(9 * MIB);
      await put(storage, 'one.bscc', content);
      proxy.break(first(count, isGet, fault));
      expect(await read(storage, 'one.bscc')).toBe(sha256(content));
    });
  });

  it('asks once for a file that is read front to back', async () => {
    const { storage } = await storageInBucket();
    const content = randomBytes(9 * MIB);
    await put(storage, 'one.bscc', content);
    const before = proxy.seen.length;
    expect(await get(storage, 'one.bscc')).toBe(sha256(content));
    expect(proxy.seen.slice(before).filter(isGet)).toHaveLength(1);
  });

  it('gives up when nothing of a file comes, and says so', async () => {
    const { storage } = await storageInBucket();
    await put(storage, 'one.bscc', Buffer.from('content'));
    const file = await storage.open('one.bscc');
    proxy.break((request) => (isGet(request) ? { kind: 'torn', afterBytes: 0 } : undefined));
    await expect(file.read(0, 7)).rejects.toMatchObject({ fault: 'unavailable' });
    await file.close();
  });
});

describe('a storage in S3 that cannot write', () => {
  it('leaves nothing, visible or not, of a file whose parts are refused', async () => {
    const { storage, place, client } = await storageInBucket();
    proxy.break((request) => (isPart(request) ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined));
    await expect(put(storage, 'one.bscc', randomBytes(MIB))).rejects.toMatchObject({
      fault: 'unavailable',
      said: 'the credentials may not write (AccessDenied, 403)',
    });
    expect(await storage.list()).toEqual([]);
    expect(await uploadsIn(client, place)).toBe(0);
  });

  it('makes nothing visible when the server has lost a part', async () => {
    const { storage, place, client } = await storageInBucket();
    proxy.break(first(1, isPart, { kind: 'lost part' }));
    await expect(put(storage, 'one.bscc', randomBytes(9 * MIB))).rejects.toMatchObject({ fault: 'unavailable' });
    expect(await storage.list()).toEqual([]);
    expect(await uploadsIn(client, place)).toBe(0);
  });

  it('ends at once when the file is not wanted any more, though the server is silent', async () => {
    const { storage, place, client } = await storageInBucket();
    const ending = new AbortController();
    const file = await storage.create('one.bscc', { signal: ending.signal });
    const reached = Promise.withResolvers<undefined>();
    proxy.break((request) => {
      if (!isPart(request)) return undefined;
      reached.resolve(undefined);
      return { kind: 'silence' };
    });
    const writing = file.write(lend(Buffer.alloc(64 * MIB)));
    writing.catch(() => undefined);
    await reached.promise;
    ending.abort(new Error('canceled'));
    await expect(writing).rejects.toThrow('canceled');
    await file.discard();
    expect(await uploadsIn(client, place)).toBe(0);
  });

  it('knows leftovers of others by their name, and ends no upload of foreign files', async () => {
    const { storage, place, client } = await storageInBucket();
    await storage.create('dead.bscc');
    await new S3Storage({ ...place, prefix: `${place.prefix}deeper/` }).create('other.bscc');
    expect(await storage.removeLeftovers((_, begunAt) => begunAt !== undefined)).toEqual([]);
    expect(await storage.removeLeftovers(() => false)).toEqual(['dead.bscc']);
    expect(await uploadsIn(client, place)).toBe(1);
  });
});

describe('a storage in S3 whose server lacks something', () => {
  it('looks before it writes where the server does not know conditions, and says so', async () => {
    // Signatures cover the header that is taken away.
    if (server.isStrict) return;
    const { storage } = await storageInBucket();
    proxy.break(() => ({ kind: 'without', headers: ['if-none-match'] }));
    expect(await storage.tryOut()).toEqual(['conditional_writes']);
    await put(storage, 'one.bscc', Buffer.from('first'));
    await expect(put(storage, 'one.bscc', Buffer.from('second'))).rejects.toMatchObject({ fault: 'exists' });
    expect(await get(storage, 'one.bscc')).toBe(sha256(Buffer.from('first')));
  });

  it.each([
    ['conditions', 'if-none-match', 'conditional_writes'],
    ['checksums', 'x-amz-checksum-algorithm', 'checksums'],
  ])('goes without %s where the server refuses them', async (_, header, limit) => {
    const { storage } = await storageInBucket();
    proxy.break(({ headers }) =>
      headers[header] === undefined ? undefined : { kind: 'answer', status: 501, code: 'NotImplemented' },
    );
    await put(storage, 'one.bscc', Buffer.from('content'));
    expect(await storage.tryOut()).toEqual([limit]);
    expect(await get(storage, 'one.bscc')).toBe(sha256(Buffer.from('content')));
  });
});

describe('a storage in S3 that is refused', () => {
  it.each([
    [403, 'InvalidAccessKeyId', 'the server does not know the access key (InvalidAccessKeyId)'],
    [403, 'SignatureDoesNotMatch', 'the secret of the access key is wrong (SignatureDoesNotMatch)'],
    [400, 'ExpiredToken', 'the session token has expired (ExpiredToken)'],
    [
      403,
      'RequestTimeTooSkewed',
      'the clocks of this machine and of the server differ too much (RequestTimeTooSkewed)',
    ],
    [301, 'PermanentRedirect', 'the bucket is in another region (PermanentRedirect)'],
    [404, 'NoSuchBucket', 'the bucket is not there (NoSuchBucket)'],
    [403, 'AccessDenied', 'the credentials may not list (AccessDenied, 403)'],
    [507, 'InsufficientStorage', 'the server could not list (InsufficientStorage, 507)'],
  ])('says for status %i and code %s: %s', async (status, code, said) => {
    const { storage } = await storageInBucket();
    proxy.break(() => ({ kind: 'answer', status, code }));
    await expect(storage.list()).rejects.toMatchObject({
      fault: code === 'InsufficientStorage' ? 'no_space' : 'unavailable',
      said,
    });
  });

  it.each<[string, string, (storage: Storage) => Promise<unknown>]>([
    ['POST', 'the credentials may not write (AccessDenied, 403)', (storage) => storage.create('two.bscc')],
    ['HEAD', 'the credentials may not read (403)', (storage) => storage.open('one.bscc')],
    ['DELETE', 'the credentials may not remove (AccessDenied, 403)', (storage) => storage.remove('one.bscc')],
  ])('says for a right that is missing, to %s: %s', async (meant, said, ask) => {
    const { storage } = await storageInBucket();
    await put(storage, 'one.bscc', Buffer.from('content'));
    proxy.break(({ method }) => (method === meant ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined));
    await expect(ask(storage)).rejects.toMatchObject({ fault: 'unavailable', said });
    proxy.break(() => undefined);
    expect(await get(storage, 'one.bscc')).toBe(sha256(Buffer.from('content')));
  });

  it('writes with a lock although it may not ask whether the bucket takes locks', async () => {
    const { storage } = await storageInBucket({ lock: { days: 1, mode: 'governance' } }, { hasLock: true });
    proxy.break(({ query }) =>
      query.has('object-lock') ? { kind: 'answer', status: 403, code: 'AccessDenied' } : undefined,
    );
    expect(await storage.tryOut()).toEqual([]);
    await put(storage, 'one.bscc', Buffer.from('content'));
    expect(await storage.list()).toEqual(['one.bscc']);
    // The light server does not keep locks of uploads.
    if (server.isStrict) expect((await storage.stat('one.bscc'))?.lockedUntil).toBeInstanceOf(Date);
  });

  it('takes no file for missing because its bucket is, or the server is away', async () => {
    const { storage, place } = await storageInBucket();
    const elsewhere = new S3Storage({ ...place, bucket: `${place.bucket}-gone` });
    for (const ask of [elsewhere.stat('a'), elsewhere.open('a'), elsewhere.remove('a'), elsewhere.create('a')])
      await expect(ask).rejects.toMatchObject({ fault: 'unavailable', said: 'the bucket is not there (NoSuchBucket)' });
    expect(await storage.stat('a')).toBeUndefined();
    await proxy.stop();
    await expect(storage.stat('a')).rejects.toMatchObject({
      fault: 'unavailable',
      said: 'the server cannot be reached (ECONNREFUSED)',
    });
    proxy = await startS3Proxy(server.endpoint);
  });
});

describe('a bucket that others use, too', () => {
  it('notices that a file was replaced behind its back', async () => {
    const { storage, place, client } = await storageInBucket();
    await put(storage, 'one.bscc', Buffer.from('content'));
    const before = await storage.stat('one.bscc');
    const file = await storage.open('one.bscc');
    const object = { Bucket: place.bucket, Key: `${place.prefix}one.bscc` };
    await client.send(new PutObjectCommand({ ...object, Body: 'another' }));
    await expect(file.read(0, 7)).rejects.toMatchObject({ fault: 'changed' });
    expect((await storage.stat('one.bscc'))?.version).not.toBe(before?.version);
    await client.send(new DeleteObjectCommand(object));
    await expect(file.read(0, 7)).rejects.toMatchObject({ fault: 'missing' });
    await file.close();
  });

  it('lists more files than one answer holds, and none of those that are not ours', async () => {
    const { storage, place, client } = await storageInBucket();
    // Where lists cannot be made shorter on the way, there are more files than one has.
    const count = server.isStrict ? 1_010 : 10;
    if (!server.isStrict)
      proxy.break(({ query }) => (query.has('list-type') ? { kind: 'short lists', entries: 3 } : undefined));
    const names = Array.from({ length: count }, (_, i) => `file-${String(i).padStart(5, '0')}.bscc`);
    const keys = [
      ...names.map((name) => place.prefix + name),
      `${place.prefix}deeper/x.bscc`,
      'top.bscc',
      `${place.prefix}a b.bscc`,
    ];
    const waiting = [...keys];
    const worker = async (): Promise<void> => {
      for (let Key = waiting.pop(); Key !== undefined; Key = waiting.pop())
        await client.send(new PutObjectCommand({ Bucket: place.bucket, Key, Body: 'x' }));
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    expect(await storage.list()).toEqual(names);
    expect((await storage.unusable('.bscc')).map(({ name }) => name)).toEqual(['a b.bscc']);
  });

  it('removes the version and not only its name where versions are kept', async () => {
    const { storage, place, client } = await storageInBucket();
    const { bucket: Bucket, prefix: Prefix } = place;
    expect((await storage.describe()).facts).toContain(
      'the bucket keeps no versions: what others remove there is gone',
    );
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await put(storage, 'one.bscc', Buffer.from('content'));
    await storage.remove('one.bscc');
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: `${Prefix}one.bscc` }),
    );
    expect([Versions.length, DeleteMarkers.length]).toEqual([0, 0]);
    expect((await storage.describe()).facts).toContain('the bucket keeps versions');
  });

  it('keeps what is locked, and says until when', async () => {
    // The light server does not hold its locks.
    if (!server.isStrict) return;
    const lock = { days: 1, mode: 'compliance' } as const;
    const { storage } = await storageInBucket({ lock }, { hasLock: true });
    await storage.tryOut();
    await put(storage, 'one.bscc', Buffer.from('content'));
    const state = await storage.stat('one.bscc');
    expect((state?.lockedUntil ?? new Date(0)).getTime()).toBeGreaterThan(Date.now() + 86_000_000);
    await expect(storage.remove('one.bscc')).rejects.toMatchObject({ fault: 'locked' });
    expect(await storage.list()).toEqual(['one.bscc']);
  });

  it('says before the first backup that a bucket takes no locks', async () => {
    const { storage } = await storageInBucket({ lock: { days: 1, mode: 'governance' } });
    await expect(storage.tryOut()).rejects.toMatchObject({
      fault: 'unavailable',
      said: expect.stringMatching(/^the bucket has no object lock/) as string,
    });
  });
});

describe('TLS of an authority of one’s own', () => {
  it('is trusted when it is named, and not otherwise', async () => {
    const tls = await tlsOfServer();
    if (tls === undefined) return;
    const { place } = await storageInBucket(tls);
    const storage = new S3Storage(place);
    await put(storage, 'one.bscc', Buffer.from('content'));
    expect(await storage.list()).toEqual(['one.bscc']);
    await expect(new S3Storage({ ...place, authorities: undefined }).list()).rejects.toMatchObject({
      fault: 'unavailable',
      said: 'the server cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
  });
});
