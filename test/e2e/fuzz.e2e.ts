import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { verifyForward } from '../../src/engine/container/forward-reader';
import { ContainerError } from '../../src/engine/container/container-error';
import { startTestService, type TestService } from '../support/app';
import { containerOf, PLAIN, testKey, testRing, ZSTD } from '../support/containers';

/** More on request, for a long run: `FUZZ_FACTOR=100`. */
const FACTOR = Number(process.env['FUZZ_FACTOR'] ?? 1);
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
beforeAll(async () => {
  service = await startTestService({
    environment: {
      BERKUT_HTTP_REQUESTS_PER_MINUTE: '1000000',
      // A body that happens to be right must not start a restore, which would end everything else with 503.
      BERKUT_BACKUP_RESTORE_CONFIRM: 'true',
    },
  });
});
afterAll(() => service.stop());

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
  it('as a body, to every route that takes one', async () => {
    const paths = [
      ['POST', '/backups'],
      ['PATCH', '/backups/1'],
      ['POST', '/backups/1/restore'],
      ['POST', '/backups/1/restore/dry-run'],
    ] as const;
    const field = fc.constantFrom(
      'label',
      'scope',
      'include_files',
      'pinned',
      'mode',
      'confirm',
      'skip_safety_backup_reason',
      '__proto__',
      'constructor',
      'x',
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(field, fc.jsonValue({ maxDepth: 3 })),
      fc.dictionary(field, fc.oneof(fc.string({ maxLength: 300 }), fc.array(fc.string({ maxLength: 20 })))),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), body, async ([method, path], value) => {
        const response = await service.client.fetch(method, path, JSON.stringify(value));
        await expectOrderly(response, [method, path, value]);
      }),
      { numRuns: 150 * FACTOR },
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
    // Sixty files of 3 MB: had each left a tenth of itself, it would show.
    expect(memoryInUse() - before).toBeLessThan(10_000_000);
  });
});
