import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { verifyForward } from '../../src/engine/container/read/forward-reader';
import { ContainerError } from '../../src/engine/container/format/container-error';
import { startTestService, type TestService } from '../support/app';
import { containerOf, PLAIN, testKey, testRing, ZSTD } from '../support/containers';
import { eventually } from '../support/eventually';
import { randomNumbers } from '../support/random-numbers';

/** Of `version1.bscc`. */
const V1_KEY = '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317';

/** More on request, for a long run: `FUZZ_FACTOR=100`. */
const FACTOR = Number(process.env['FUZZ_FACTOR'] ?? 1);
/** For how long damaged containers are uploaded; `FUZZ_SECONDS=600` for ten minutes. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 15);
/** Another one each time, told when something is found; `FUZZ_SEED` repeats it. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
/** Bytes that are still referred to. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  // What the system's allocator gives back later is not counted.
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const ERROR_KEYS = ['code', 'details', 'i18n_key', 'message', 'request_id'];

let service: TestService;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berkut-fuzz-'));
  const keys = join(directory, 'previous-keys');
  await writeFile(keys, `${V1_KEY}\n`, { mode: 0o600 });
  service = await startTestService({
    environment: {
      BERKUT_HTTP_REQUESTS_PER_MINUTE: '1000000',
      // A body that happens to be right must not start a restore, which would end everything else with 503.
      BERKUT_BACKUP_RESTORE_CONFIRM: 'true',
      BERKUT_BACKUP_PREVIOUS_KEYS_FILE: keys,
    },
  });
});
afterAll(async () => {
  await service.stop();
  await rm(directory, { recursive: true });
});

/** Every refusal is one of ours: typed, whole, and no fault of the service. */
async function expectOrderly(response: Response, what: unknown): Promise<void> {
  const text = await response.text();
  expect([what, response.status < 500]).toEqual([what, true]);
  if (response.status < 400) return;
  const { error } = JSON.parse(text) as { error: object };
  expect(ERROR_KEYS).toEqual(expect.arrayContaining(Object.keys(error)));
}

const header = fc
  .string({
    minLength: 0,
    maxLength: 60,
    unit: fc.constantFrom('a', '0', '1', '9', '-', '=', ',', ';', ':', '"', '*', '/', '\\', ' ', 'bytes', 'W/'),
  })
  .map((text) => text.trim());

describe('whatever is sent', () => {
  it('as a body, to every route that changes something', async () => {
    /** What a database or an encoding may not take, among what it does. */
    const hostileText = fc.string({
      unit: fc.constantFrom('\0', '\ud800', '\udfff', '\u202e', 'a', "'", '\\', '😀'),
      maxLength: 20,
    });
    const paths = [
      ['POST', '/backups'],
      ['PATCH', '/backups/1'],
      ['POST', '/backups/1/restore'],
      ['POST', '/backups/1/restore/dry-run'],
      ['POST', '/backups/1/verify'],
      ['POST', '/backups/1/cancel'],
      ['POST', '/backups/restores/1/rollback'],
      ['POST', '/backups/restores/1/promote'],
      ['POST', '/backups/restores/1/discard'],
      ['POST', '/backups/restores/1/cancel'],
      ['PUT', '/backups/plan'],
      ['POST', '/backups/plan/enable'],
      ['DELETE', '/backups/999999'],
    ] as const;
    const field = fc.constantFrom(
      'label',
      'scope',
      'include_files',
      'pinned',
      'mode',
      'confirm',
      'skip_safety_backup_reason',
      'online',
      'into',
      'tables',
      'keep_hours',
      'enabled',
      'schedule_type',
      'schedule_hour',
      'schedule_timezone',
      'retention_days',
      'cron_expression',
      '__proto__',
      'constructor',
      'x',
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(field, fc.jsonValue({ maxDepth: 3 })),
      fc.dictionary(field, fc.oneof(fc.string({ maxLength: 300 }), fc.array(fc.string({ maxLength: 20 })))),
      fc.dictionary(field, fc.oneof(fc.constant(null), hostileText, fc.array(hostileText), fc.boolean(), fc.integer())),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), body, async ([method, path], value) => {
        const response = await service.client.fetch(method, path, JSON.stringify(value));
        await expectOrderly(response, [method, path, value]);
      }),
      { numRuns: 300 * FACTOR },
    );
    await service.idle();
  });

  it('as text that may be no JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }), async (text) => {
        const response = await service.client.fetch('PATCH', '/backups/999999', text);
        expect([400, 404]).toContain(response.status);
        await expectOrderly(response, text);
      }),
      { numRuns: 100 * FACTOR },
    );
  });

  it('as an id', async () => {
    const id = fc.oneof(
      fc.string({ minLength: 1, maxLength: 30 }),
      fc.bigInt({ min: -10n, max: 10n ** 20n }).map(String),
      fc.constantFrom(
        '0',
        '00',
        '01',
        '1e3',
        '0x10',
        '+1',
        '-1',
        '1.0',
        ' 1',
        '٣',
        '9007199254740992',
        '9007199254740991',
        'NaN',
        '..',
        '%00',
        '%2e%2e%2f',
      ),
    );
    await fc.assert(
      fc.asyncProperty(id, fc.constantFrom('', '/download'), async (value, rest) => {
        const encoded = /^[%.]/.test(value) ? value : encodeURIComponent(value);
        const response = await service.client.fetch('GET', `/backups/${encoded}${rest}`);
        const isId = /^[1-9]\d*$/.test(value) && BigInt(value) <= BigInt(Number.MAX_SAFE_INTEGER);
        if (!isId) expect([value, [200, 400, 404].includes(response.status)]).toEqual([value, true]);
        await expectOrderly(response, value);
      }),
      { numRuns: 150 * FACTOR },
    );
  });

  it('as a query', async () => {
    const name = fc.constantFrom(
      'limit',
      'offset',
      'status',
      'source',
      'q',
      'sort',
      'actor',
      'from',
      'to',
      'cursor',
      'x',
      'limit[]',
      'q[a]',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/backups', '/backups/restores', '/audit'),
        fc.array(fc.tuple(name, fc.string({ maxLength: 40 })), { maxLength: 4 }),
        async (path, pairs) => {
          await expectOrderly(
            await service.client.fetch('GET', `${path}?${new URLSearchParams(pairs).toString()}`),
            pairs,
          );
        },
      ),
      { numRuns: 150 * FACTOR },
    );
  });

  it('as headers that say who is calling, or how the answer is wanted', async () => {
    const begun = await service.client.send('POST', '/auth/session');
    const [session = ''] = begun.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
    const name = fc.constantFrom(
      'Authorization',
      'Cookie',
      'X-CSRF-Token',
      'Idempotency-Key',
      'Accept',
      'If-None-Match',
      'Last-Event-ID',
      'X-Forwarded-For',
      'X-Forwarded-Proto',
    );
    const value = fc.oneof(
      header,
      fc.constantFrom('Bearer', 'Bearer a.b.c', `${session}; berkut_csrf=x`, 'berkut_session=', '*/*;q=x', 'null'),
    );
    const requests = fc.constantFrom(
      ['GET', '/backups'],
      ['POST', '/backups/999999/cancel'],
      ['POST', '/auth/session'],
    );
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.array(fc.tuple(name, value), { maxLength: 4 }),
        async ([method = '', path = ''], pairs) => {
          const response = await service.client.fetch(method, path, undefined, Object.fromEntries(pairs));
          await expectOrderly(response, [method, path, pairs]);
        },
      ),
      { numRuns: 150 * FACTOR },
    );
  });

  it('as headers of a download, the bytes are those of the file', async () => {
    const { id } = await service.client.backUp();
    const whole = Buffer.from(await (await service.client.fetch('GET', `/backups/${id}/download`)).arrayBuffer());
    const range = fc.oneof(
      header,
      fc
        .tuple(fc.integer({ min: -5, max: 9_000 }), fc.integer({ min: -5, max: 9_000 }))
        .map(([a, b]) => `bytes=${a}-${b}`),
      fc.integer({ min: 0, max: 99_999 }).map((n) => `bytes=-${n}`),
    );
    await fc.assert(
      fc.asyncProperty(range, fc.option(header, { nil: undefined }), header, async (Range, ifRange, requestId) => {
        const response = await service.client.fetch('GET', `/backups/${id}/download`, undefined, {
          Range,
          'X-Request-Id': requestId,
          'Last-Event-ID': requestId,
          ...(ifRange === undefined ? {} : { 'If-Range': ifRange }),
        });
        expect(response.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
        if (response.status === 416) return expectOrderly(response, Range);
        const bytes = Buffer.from(await response.arrayBuffer());
        if (response.status === 200) {
          expect(bytes.equals(whole)).toBe(true);
          return;
        }
        expect(response.status).toBe(206);
        const [, start = '', end = ''] = /^bytes (\d+)-(\d+)\//.exec(response.headers.get('content-range') ?? '') ?? [];
        expect(bytes.equals(whole.subarray(Number(start), Number(end) + 1))).toBe(true);
      }),
      { numRuns: 150 * FACTOR },
    );
  });

  it('as the name of a file', async () => {
    const file = await containerOf([], testKey(1));
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 300, unit: 'binary' }), async (name) => {
        const form = new FormData();
        form.append('file', new Blob([new Uint8Array(file)]), name);
        const response = await fetch(`${service.url}/api/backups/import`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${await service.token('admin')}` },
          body: form,
        });
        if (response.status === 400) {
          await expectOrderly(response, name);
          return;
        }
        expect([200, 201]).toContain(response.status);
        const { item } = (await response.json()) as { item: { filename: string; origin_filename: string } };
        expect(item.filename).toMatch(/^berkut-scc_[\dTZ]+_[0-9a-f]{8}\.bscc$/);
        expect(item.origin_filename).not.toMatch(/[\p{C}/\\]/u);
      }),
      { numRuns: 50 * FACTOR },
    );
    for (const name of await readdir(service.storagePath)) expect(name).toMatch(/^berkut-scc_/);
  });
});

describe('a container with random damage', () => {
  it('is refused with a typed error, or is the same file', async () => {
    const plain = randomBytes(40_000);
    const file = await containerOf(
      [
        { name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.alloc(20_000, 'ab') },
        { name: 'data/0', kind: 'data', compression: PLAIN, plain },
      ],
      testKey(1),
    );
    const change = fc.oneof(
      fc.record({
        kind: fc.constant('flip' as const),
        at: fc.nat(file.length - 1),
        bits: fc.integer({ min: 1, max: 255 }),
      }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(file.length), length: fc.nat(2_000) }),
      fc.record({
        kind: fc.constant('insert' as const),
        at: fc.nat(file.length),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
      }),
      fc.record({
        kind: fc.constant('copy' as const),
        from: fc.nat(file.length),
        at: fc.nat(file.length),
        length: fc.nat(3_000),
      }),
    );
    const pieces = fc.integer({ min: 1, max: 9_000 });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), pieces, async (changes, size) => {
        let damaged = Buffer.from(file);
        for (const one of changes) {
          if (one.kind === 'flip')
            damaged.writeUInt8(damaged.readUInt8(one.at % damaged.length) ^ one.bits, one.at % damaged.length);
          if (one.kind === 'cut')
            damaged = Buffer.concat([damaged.subarray(0, one.at), damaged.subarray(one.at + one.length)]);
          if (one.kind === 'insert')
            damaged = Buffer.concat([damaged.subarray(0, one.at), one.bytes, damaged.subarray(one.at)]);
          if (one.kind === 'copy')
            file.copy(damaged, Math.min(one.at, damaged.length), one.from, one.from + one.length);
          if (damaged.length === 0) damaged = Buffer.from('B');
        }
        async function* arriving(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < damaged.length; at += size) {
            await Promise.resolve();
            yield damaged.subarray(at, at + size);
          }
        }
        const error: unknown = await verifyForward(arriving(), testRing).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) expect(damaged.equals(file)).toBe(true);
        else expect(error).toBeInstanceOf(ContainerError);
      }),
      { numRuns: 500 * FACTOR },
    );
  });

  it('leaves no memory behind', async () => {
    const file = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: PLAIN, plain: randomBytes(3_000_000) }],
      testKey(1),
    );
    const round = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        const damaged = Buffer.from(file);
        damaged.writeUInt8(damaged.readUInt8(2_000_000 + i) ^ 1, 2_000_000 + i);
        await verifyForward([damaged] as unknown as AsyncIterable<Uint8Array>, testRing).catch(() => undefined);
      }
    };
    await round(10);
    const before = memoryInUse();
    await round(60);
    // Sixty files of 3 MB: had each left a tenth of itself, it would stay. What streams that break off still hold goes soon.
    await eventually(() => memoryInUse() - before < 10_000_000);
  });

  it('of either version is refused by the API, and leaves nothing behind', async () => {
    const damaged = [
      await containerOf(
        [
          { name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.alloc(20_000, 'ab') },
          { name: 'data/0', kind: 'data', compression: PLAIN, plain: randomBytes(40_000) },
          { name: 'data/1', kind: 'data', compression: ZSTD, plain: randomBytes(3_000) },
        ],
        testKey(1),
      ),
      await readFile(join(__dirname, '../vectors/version1.bscc')),
    ];
    const token = await service.token('admin');
    const import_ = async (bytes: Buffer): Promise<Response> => {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(bytes)]), 'x.bscc');
      const headers = { Authorization: `Bearer ${token}` };
      return fetch(`${service.url}/api/backups/import`, { method: 'POST', headers, body: form });
    };
    for (const file of damaged) expect((await import_(file)).status).toBe(201);
    const state = async (): Promise<unknown> => [
      (await readdir(service.storagePath)).sort(),
      await service.query('SELECT count(*)::int AS n FROM backups'),
    ];
    const before = await state();
    const random = randomNumbers(SEED);
    const untilMs = Date.now() + SECONDS * 1000;
    const refused = new Map<string, number>();
    let memory = 0;
    for (let n = 0; Date.now() < untilMs; n += 1) {
      const file = damaged[n % 2] ?? Buffer.alloc(0);
      const bytes = mutated(file, random);
      const response = await import_(bytes);
      const what = [SEED, n];
      if (response.status === 200) {
        // Four bytes of the nonce field of version 1 are not used: a change there is another file with the same content.
        expect([...what, bytes.equals(file)]).toEqual([...what, true]);
        continue;
      }
      if (response.status === 201) {
        const { item } = (await response.json()) as { item: { id: number } };
        expect([...what, n % 2 === 1 && sameButNonce(bytes, file)]).toEqual([...what, true]);
        await service.client.delete(`/backups/${item.id}`);
        continue;
      }
      expect([...what, response.status]).toEqual([...what, 400]);
      const { error } = (await response.json()) as { error: { code: string } };
      expect([...what, error.code]).toEqual([
        ...what,
        expect.stringMatching(/^backups\.(invalid_format|decrypt_failed|checksum_mismatch)$/),
      ]);
      refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
      if (n === 100) memory = memoryInUse();
    }
    expect([...refused.keys()]).toEqual(expect.arrayContaining(['backups.decrypt_failed', 'backups.invalid_format']));
    await eventually(async () => JSON.stringify(await state()) === JSON.stringify(before));
    // Of thousands of files of 60 kB and more nothing may be kept.
    if (memory > 0) await eventually(() => memoryInUse() - memory < 20_000_000);
  });
});

/** One to four pieces flipped, cut out, put in or copied from elsewhere; sometimes only cut off. */
function mutated(file: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = Buffer.from(file);
  for (let changes = 1 + below(4); changes > 0; changes -= 1) {
    const at = below(random() < 0.3 ? Math.min(200, bytes.length) : bytes.length);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const length = below(2_000);
    switch (below(5)) {
      case 0:
        bytes = Buffer.concat([before, after.subarray(length)]);
        break;
      case 1:
        bytes = Buffer.concat([before, randomBytes(1 + below(50)), after]);
        break;
      case 2:
        bytes = Buffer.concat([before, file.subarray(below(file.length)).subarray(0, length), after.subarray(length)]);
        break;
      case 3:
        bytes = Buffer.from(before);
        break;
      default:
        if (at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 + below(255)), at);
    }
  }
  return bytes.length === 0 ? Buffer.from('B') : bytes;
}

/** Bytes 15 to 18 of version 1 are the last four of the nonce field. */
function sameButNonce(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i] || (i >= 15 && i < 19));
}
