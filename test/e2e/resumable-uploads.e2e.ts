import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import { FoldedReads } from '../../src/audit/folded-reads';
import { UploadTidier } from '../../src/backups/uploads/upload-tidier';
import { runTool } from '../../src/engine/process/run-tool';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';
import { containerOf, PLAIN, testKey } from '../support/containers';
import { cuttingProxy } from '../support/cutting-proxy';
import { eventually } from '../support/eventually';
import { isLong } from '../support/form';
import { randomNumbers } from '../support/random-numbers';
import { TusClient, uploadWithTus } from '../support/tus-client';

const CUTS = isLong ? 100 : 10;
const CUTS_IN_CHROMIUM = isLong ? 20 : 1;
/** Decides where connections are cut. */
const SEED = Number(process.env['CUT_SEED'] ?? '1');
/** Bytes that connections let through, so few that all of them are cut before a file of this size has arrived. */
const cutsOf = (count: number, sizeBytes: number): number[] => {
  const random = randomNumbers(SEED);
  return Array.from({ length: count }, () => Math.floor((random() * sizeBytes) / count));
};
const LIMIT = 6_000_000;

const fileOf = (sizeBytes = 3_000_000, key = testKey(1)): Promise<Buffer> =>
  containerOf([{ name: 'data/0', compression: PLAIN, plain: randomBytes(sizeBytes) }], key);

describe('a resumable upload', () => {
  let directory: string;
  let first: TestService;
  /** The one that runs: a test starts another one in its place. */
  let service: TestService;
  let client: TusClient;
  const environment = (): Record<string, string> => ({
    BERKUT_BACKUP_UPLOAD_MAX_BYTES: String(LIMIT),
    BERKUT_BACKUP_UPLOADS_PATH: directory,
  });
  const clientOf = async (name = 'root'): Promise<TusClient> =>
    new TusClient(service.url, await service.token('superadmin', name));
  const mount = (command: string, ...args: string[]): Promise<string> => runTool({ command: `/bin/${command}`, args });
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-uploads-'));
    await mount('mount', '-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'tmpfs', directory);
    service = first = await startTestService({ environment: environment() });
    client = await clientOf();
  });
  afterAll(async () => {
    if (service !== first) await service.stopService();
    await first.stop();
    await mount('umount', '--lazy', directory);
    await rm(directory, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const name of await readdir(directory)) await unlink(join(directory, name));
  });

  const checksumOf = (file: Buffer): string => createHash('sha256').update(file).digest('hex');
  const offsetOf = async (path: string): Promise<string | null> =>
    (await client.send('HEAD', path)).headers.get('upload-offset');
  const backupOf = async (id: unknown): Promise<unknown> =>
    (await service.client.get(`/backups/${String(id)}`)).body.item;

  it(`becomes a backup although its connection is cut ${CUTS} times, with the seed ${SEED}`, async () => {
    const file = await fileOf();
    const proxy = await cuttingProxy(service.url);
    try {
      const cuts = cutsOf(CUTS, file.length);
      const id = await uploadWithTus(file, {
        url: proxy.url,
        token: await service.token('backup_operator'),
        onUploadUrlAvailable: () => proxy.cutAfter(cuts),
      });
      expect(await backupOf(id)).toMatchObject({
        source: 'imported',
        trigger: 'import',
        status: 'success',
        checksum: checksumOf(file),
        origin_filename: 'from elsewhere.bscc',
        requested_by: 'backup_operator',
      });
      expect(proxy.left).toBe(0);
      expect((await readdir(directory)).map((name) => name.replace(/^\w+/, ''))).toEqual(['.json']);
    } finally {
      proxy.close();
    }
  });

  it(`goes on in Chromium, with the cookies of a session, although its connection is cut (${CUTS_IN_CHROMIUM} times)`, async () => {
    const file = await fileOf();
    const proxy = await cuttingProxy(service.url);
    const browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.goto(`${proxy.url}/api/docs`);
      await page.exposeFunction('cut', () => proxy.cutAfter(cutsOf(CUTS_IN_CHROMIUM, file.length)));
      await page.evaluate(await readFile(require.resolve('tus-js-client/dist/tus.min.js'), 'utf8'));
      const id = await page.evaluate(
        async ({ base64, token, tries }) => {
          const headers = { Authorization: `Bearer ${token}` };
          const session = await fetch('/api/auth/session', { method: 'POST', headers });
          const { csrf_token: csrf } = (await session.json()) as { csrf_token: string };
          const { cut, tus } = globalThis as unknown as {
            cut: () => Promise<void>;
            tus: { Upload: new (file: Blob, options: object) => { start: () => void } };
          };
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          return new Promise<string>((resolve, reject) => {
            const upload = new tus.Upload(new Blob([bytes]), {
              endpoint: '/api/backups/uploads',
              headers: { 'X-CSRF-Token': csrf },
              retryDelays: Array.from({ length: tries }, () => 0),
              onUploadUrlAvailable: cut,
              onError: reject,
              onSuccess: ({ lastResponse }: { lastResponse: { getHeader: (name: string) => string } }) =>
                resolve(lastResponse.getHeader('Backup-Id')),
            });
            upload.start();
          });
        },
        {
          base64: file.toString('base64'),
          token: await service.token('superadmin', 'root'),
          // A request for the offset may be cut as well.
          tries: 2 * CUTS_IN_CHROMIUM + 3,
        },
      );
      expect(await backupOf(id)).toMatchObject({ checksum: checksumOf(file), requested_by: 'root' });
      expect(proxy.left).toBe(0);
    } finally {
      await browser.close();
      proxy.close();
    }
  });

  it.each<[string, () => Promise<Buffer>, string]>([
    ['that is not a container', () => Promise.resolve(Buffer.alloc(500_000, 'x')), 'backups.invalid_format'],
    ['whose key is not known', () => fileOf(500_000, testKey(9)), 'backups.decrypt_failed'],
    [
      'that was changed',
      async () => {
        const file = await fileOf();
        file[200_000] = (file[200_000] ?? 0) ^ 1;
        return file;
      },
      'backups.decrypt_failed',
    ],
  ])('of a file %s ends before its end, and nothing of it stays', async (_, make, code) => {
    const file = await make();
    const path = await client.begin(file.length);
    expect(await client.patch(path, 0, file.subarray(0, file.length - 1_000))).toMatchObject({ status: 400, code });
    expect(await readdir(directory)).toEqual([]);
    expect((await client.send('HEAD', path)).status).toBe(404);
    const [record] = await service.query(
      `SELECT * FROM audit_records WHERE action = 'backups.import' ORDER BY seq DESC LIMIT 1`,
    );
    expect(record).toMatchObject({ action: 'backups.import', result: 'failed', details: { error_code: code } });
  });

  it('is refused where the protocol or its bounds are not kept', async () => {
    const file = await fileOf(100_000);
    const path = await client.begin(file.length);
    const other = await clientOf('another');
    const create = (headers: Record<string, string>) => client.send('POST', '/api/backups/uploads', headers);
    const id = (text: string) => client.send('HEAD', `/api/backups/uploads/${text}`);
    const length = { 'Upload-Length': '1000' };
    const cases: [string, Promise<{ status: number; code?: string | undefined }>, number, string | undefined][] = [
      ['another offset', client.patch(path, 7, file.subarray(0, 10)), 409, 'backups.upload_offset'],
      ['a negative offset', client.patch(path, -1, file), 400, 'backups.invalid_request'],
      ['more than announced', client.patch(path, 0, Buffer.alloc(file.length + 1)), 413, 'backups.upload_too_large'],
      ['another type', client.patch(path, 0, file, { 'Content-Type': 'text/plain' }), 400, 'backups.invalid_request'],
      [
        'a strange checksum',
        client.patch(path, 0, file, { 'Upload-Checksum': 'crc32 AA' }),
        400,
        'backups.invalid_request',
      ],
      [
        'another version',
        client.send('POST', '/api/backups/uploads', { ...length, 'Tus-Resumable': '0.2' }),
        400,
        'backups.invalid_request',
      ],
      [
        'no version',
        client.send('POST', '/api/backups/uploads', { ...length, 'Tus-Resumable': '' }),
        412,
        'backups.tus_version',
      ],
      ['no length', create({}), 400, 'backups.invalid_request'],
      ['a negative length', create({ 'Upload-Length': '-5' }), 400, 'backups.invalid_request'],
      ['a length that is no number', create({ 'Upload-Length': '1e3' }), 400, 'backups.invalid_request'],
      ['nothing', create({ 'Upload-Length': '0' }), 400, 'backups.invalid_format'],
      ['too much', create({ 'Upload-Length': String(LIMIT + 1) }), 413, 'backups.upload_too_large'],
      ['a deferred length', create({ 'Upload-Defer-Length': '1' }), 400, 'backups.invalid_request'],
      ['concatenation', create({ ...length, 'Upload-Concat': 'partial' }), 400, 'backups.invalid_request'],
      [
        'metadata that is not base64',
        create({ ...length, 'Upload-Metadata': 'filename *' }),
        400,
        'backups.invalid_request',
      ],
      [
        'endless metadata',
        create({ ...length, 'Upload-Metadata': `filename ${'QUJD'.repeat(2_000)}` }),
        400,
        'backups.invalid_request',
      ],
      ['the upload of another caller', other.send('HEAD', path), 404, undefined],
      ['its bytes', other.patch(path, 0, file), 404, 'backups.not_found'],
      ['its end', other.send('DELETE', path), 404, 'backups.not_found'],
      ['an id that is a path', id('..%2f..%2fetc%2fpasswd'), 404, undefined],
      ['an id that is a name', id('.json'), 404, undefined],
      ['an id that is long', id('a'.repeat(5_000)), 404, undefined],
    ];
    for (const [what, asked, status, code] of cases) {
      const answer = await asked;
      expect([what, answer.status, answer.code]).toEqual([what, status, code]);
    }
    expect(await offsetOf(path)).toBe('0');
    expect((await client.send('DELETE', path)).status).toBe(204);
    expect(await readdir(directory)).toEqual([]);
    expect(Object.fromEntries((await client.send('OPTIONS', '/api/backups/uploads')).headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-extension': 'creation,expiration,termination,checksum',
      'tus-max-size': String(LIMIT),
      'tus-checksum-algorithm': 'sha1,sha256,sha512',
    });
  });

  it('is one of few of its caller, and of all callers together, however many are begun at once', async () => {
    const begin = async (by: TusClient, size: number): Promise<number> =>
      (await by.send('POST', '/api/backups/uploads', { 'Upload-Length': String(size) })).status;
    const own = await Promise.all(Array.from({ length: 100 }, () => begin(client, 1_000)));
    expect(own.filter((status) => status === 201)).toHaveLength(4);
    expect(own.filter((status) => status === 409)).toHaveLength(96);
    const other = await clientOf('another');
    expect([await begin(other, LIMIT), await begin(other, LIMIT), await begin(other, LIMIT)]).toEqual([201, 201, 201]);
    expect(await begin(other, LIMIT)).toBe(409);
  });

  it('takes no bytes that do not have their checksum', async () => {
    const file = await fileOf(100_000);
    const path = await client.begin(file.length);
    const part = file.subarray(0, 60_000);
    const headers = { 'Upload-Checksum': `sha1 ${createHash('sha1').update(part).digest('base64')}` };
    const changed = Buffer.from(part);
    changed[50_000] = (changed[50_000] ?? 0) ^ 1;
    expect(await client.patch(path, 0, changed, headers)).toMatchObject({
      status: 460,
      code: 'backups.upload_checksum',
    });
    expect(await offsetOf(path)).toBe('0');
    expect((await client.patch(path, 0, part, headers)).status).toBe(204);
    expect(await offsetOf(path)).toBe('60000');
    // Cut off, they cannot be compared.
    const silent = new ReadableStream({ start: (controller) => controller.enqueue(file.subarray(60_000, 80_000)) });
    const cut = client.patch(path, 60_000, silent, headers);
    await eventually(async () => (await readdir(directory)).some((name) => name.endsWith('.json')));
    expect(await offsetOf(path)).toBe('60000');
    expect(await cut).toMatchObject({ status: 409, code: 'backups.upload_interrupted' });
    expect((await client.patch(path, 60_000, file.subarray(60_000))).status).toBe(204);
  });

  it('is told once in the audit log, and how often bytes came for it', async () => {
    await service.app.get(FoldedReads).beforeApplicationShutdown();
    const [before] = await service.query('SELECT max(seq) AS seq FROM audit_records');
    const file = await fileOf(50_000);
    const name = Buffer.from('a file.bscc').toString('base64');
    const path = await client.begin(file.length, { 'Upload-Metadata': `filename ${name}` });
    for (let at = 0; at < file.length; at += 10_000) await client.patch(path, at, file.subarray(at, at + 10_000));
    await service.app.get(FoldedReads).beforeApplicationShutdown();
    // A connection that an earlier test cut may be recorded at the same time, without a route.
    const records = await service.query(
      `SELECT action, result, details ->> 'count' AS count, details ->> 'origin_filename' AS name
         FROM audit_records WHERE seq > $1 AND action LIKE 'backups.%' ORDER BY seq`,
      [before?.['seq']],
    );
    expect(records).toEqual([
      { action: 'backups.upload.create', result: 'success', count: null, name: 'a file.bscc' },
      { action: 'backups.upload.write', result: 'success', count: null, name: null },
      { action: 'backups.import', result: 'success', count: null, name: 'a file.bscc' },
      { action: 'backups.upload.write', result: 'success', count: '4', name: null },
    ]);
  });

  it('waits for room on a full disk', async () => {
    const file = await fileOf(4_000_000);
    const path = await client.begin(file.length);
    await writeFile(join(directory, 'filler'), Buffer.alloc(13_000_000));
    expect(await client.patch(path, 0, file)).toMatchObject({ status: 507, code: 'backups.no_space' });
    await unlink(join(directory, 'filler'));
    const offset = Number(await offsetOf(path));
    expect(offset).toBeGreaterThan(1_000_000);
    expect((await client.patch(path, offset, file.subarray(offset))).headers.get('backup-id')).toMatch(/^\d+$/);
  });

  it('survives a stop of the service, is imported even if no client asks, and expires', async () => {
    const [file, orphan] = [await fileOf(), await fileOf(50_000)];
    const path = await client.begin(file.length);
    const silent = new ReadableStream({ start: (controller) => controller.enqueue(file.subarray(0, 1_500_000)) });
    const cut = client.patch(path, 0, silent).catch(() => undefined);
    const left = await client.begin(orphan.length);
    await client.patch(left, 0, orphan.subarray(0, 10_000));
    await eventually(
      async () => (await readFile(join(directory, `${basename(path)}.part`)).catch(() => '')).length > 1_000_000,
    );
    await service.stopService();
    await cut;
    // As a process leaves it that dies before the import.
    await appendFile(join(directory, `${basename(left)}.part`), orphan.subarray(10_000));
    service = await startTestService({ beside: first, environment: environment() });
    client = await clientOf();
    const offset = Number(await offsetOf(path));
    expect(offset).toBeGreaterThan(1_000_000);
    const last = await client.patch(path, offset, file.subarray(offset));
    const told = await client.send('HEAD', path);
    expect([last.status, told.headers.get('upload-offset')]).toEqual([204, String(file.length)]);
    expect(told.headers.get('backup-id')).toBe(last.headers.get('backup-id'));
    expect(await backupOf(last.headers.get('backup-id'))).toMatchObject({ checksum: checksumOf(file) });

    await service.app.get(UploadTidier).tidy();
    const { body } = await service.client.get('/backups');
    expect(body.items[0]).toMatchObject({ checksum: checksumOf(orphan), requested_by: 'root' });

    const begun = await client.begin(1_000);
    await client.patch(begun, 0, file.subarray(0, 100));
    const old = new Date(Date.now() - 25 * 3_600_000);
    for (const name of await readdir(directory)) {
      const text = name.endsWith('.json') ? await readFile(join(directory, name), 'utf8') : '';
      if (text !== '')
        await writeFile(join(directory, name), text.replace(/("\w+_at":)"[^"]+"/g, `$1"${old.toISOString()}"`));
      await utimes(join(directory, name), old, old);
    }
    await writeFile(join(directory, `${'0'.repeat(32)}.part`), 'of an upload that is gone');
    await utimes(join(directory, `${'0'.repeat(32)}.part`), old, old);
    expect((await client.send('HEAD', begun)).status).toBe(404);
    await service.app.get(UploadTidier).tidy();
    expect(await readdir(directory)).toEqual([]);
  });
});
