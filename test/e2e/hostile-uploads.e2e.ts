import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { startTestService, type TestService } from '../support/app';
import { containerOf, testKey, ZSTD } from '../support/containers';
import { eventually } from '../support/eventually';

const LIMIT = 3_000_000;

/** What goes over the wire: a head without the request line, and a body. */
interface Upload {
  headers: readonly string[];
  body: Buffer;
  /** Nothing more is sent and nothing is waited for: the client hangs up. */
  hangUp?: boolean;
}

let service: TestService;
let good: Buffer;
let token: string;
beforeAll(async () => {
  service = await startTestService({ environment: { BERKUT_BACKUP_UPLOAD_MAX_BYTES: String(LIMIT) } });
  token = await service.token('admin');
  good = await containerOf(
    [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from('hello') }],
    testKey(1),
  );
  // The storage directory is made by the first file that comes into it.
  expect((await send(file(await containerOf([], testKey(1))))).status).toBe(201);
});
afterAll(() => service.stop());

const state = async (): Promise<unknown> => [
  await service.query('SELECT count(*)::int AS n FROM backups'),
  (await readdir(service.storagePath)).sort(),
];

/** One part of a multipart body. */
function part(content: Buffer | string, disposition = 'form-data; name="file"; filename="a.bscc"', extra = ''): Buffer {
  return Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: ${disposition}\r\n${extra}\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
}

const END = Buffer.from('--b--\r\n');
const MULTIPART = 'Content-Type: multipart/form-data; boundary=b';

function sized(body: Buffer, headers: readonly string[] = [MULTIPART]): Upload {
  return { headers: [...headers, `Content-Length: ${body.length}`], body };
}

const file = (content: Buffer | string): Upload => sized(Buffer.concat([part(content), END]));
const parts = (...all: Buffer[]): Upload => sized(Buffer.concat([...all, END]));

function chunked(body: Buffer): Upload {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += 10_000) {
    const piece = body.subarray(at, at + 10_000);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return {
    headers: [MULTIPART, 'Transfer-Encoding: chunked'],
    body: Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]),
  };
}

/** Sends bytes as they are, and resolves with the answer's status and code; 0 when there was none. */
function send({ headers, body, hangUp = false }: Upload): Promise<{ status: number; code: string }> {
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const end = (): void => {
      socket.destroy();
      resolve({
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0),
        code: /"code":"([^"]+)"/.exec(text)?.[1] ?? '',
      });
    };
    socket.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      if (/\}\}$|\}\s*0?\s*$/.test(text)) end();
    });
    socket.on('error', end).on('close', end);
    socket.write(
      [
        'POST /api/backups/import HTTP/1.1',
        'Host: x',
        `Authorization: Bearer ${token}`,
        'Connection: close',
        ...headers,
        '',
        '',
      ].join('\r\n'),
    );
    socket.write(body, () => {
      if (hangUp) socket.destroy();
    });
  });
}

const patched = (at: number, bytes: readonly number[]): Buffer => {
  const changed = Buffer.from(good);
  Buffer.from(bytes).copy(changed, at);
  return changed;
};

/** What is sent, and the statuses that say no to it in an orderly way. */
const CORPUS: readonly [string, () => Upload, readonly number[]][] = [
  ['no body at all', () => sized(Buffer.alloc(0)), [400]],
  ['no content type', () => sized(Buffer.concat([part(good), END]), []), [400]],
  ['another content type', () => sized(good, ['Content-Type: application/octet-stream']), [400]],
  ['a content type without a boundary', () => sized(good, ['Content-Type: multipart/form-data']), [400]],
  ['an empty boundary', () => sized(good, ['Content-Type: multipart/form-data; boundary=']), [400]],
  [
    'a boundary of 10,000 characters',
    () => sized(good, [`Content-Type: multipart/form-data; boundary=${'b'.repeat(10_000)}`]),
    [400],
  ],
  [
    'a boundary that does not occur',
    () => sized(Buffer.concat([part(good), END]), ['Content-Type: multipart/form-data; boundary=c']),
    [400],
  ],
  [
    'multipart/mixed',
    () => sized(Buffer.concat([part(good), END]), ['Content-Type: multipart/mixed; boundary=b']),
    [400],
  ],
  ['only the final boundary', () => sized(END), [400]],
  ['no final boundary', () => sized(part(good)), [400]],
  ['a field instead of a file', () => parts(part(good, 'form-data; name="file"')), [400]],
  ['a file under another name', () => parts(part(good, 'form-data; name="files"; filename="a"')), [400]],
  ['a file without a name of its field', () => parts(part(good, 'form-data; filename="a"')), [400]],
  [
    'no disposition',
    () => sized(Buffer.concat([Buffer.from('--b\r\nX: y\r\n\r\n'), good, Buffer.from('\r\n'), END])),
    [400],
  ],
  ['two files', () => parts(part(good.subarray(0, 99)), part(good)), [400]],
  ['a field before the file', () => parts(part('x', 'form-data; name="label"'), part(good.subarray(0, 99))), [400]],
  [
    'a thousand fields',
    () => parts(...Array.from({ length: 1000 }, (_, i) => part('x', `form-data; name="f${i}"`))),
    [400],
  ],
  [
    'a part with endless headers',
    () => sized(Buffer.concat([part(good.subarray(0, 99), undefined, `X: ${'y'.repeat(200_000)}\r\n`), END])),
    [400],
  ],
  ['a field name like __proto__', () => parts(part(good, 'form-data; name="__proto__"; filename="a"')), [400]],
  ['an empty file', () => file(''), [400]],
  ['one byte', () => file('B'), [400]],
  ['the magic alone', () => file('BSCC'), [400]],
  ['a tar', () => file(Buffer.concat([Buffer.from('x.txt'), Buffer.alloc(1019)])), [400]],
  ['a gzip bomb by its header', () => file(Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.alloc(5000)])), [400]],
  ['a pg_dump', () => file(Buffer.concat([Buffer.from('PGDMP\x01\x0e'), Buffer.alloc(5000)])), [400]],
  ['version 0', () => file(patched(4, [0])), [400]],
  ['version 255', () => file(patched(4, [255])), [400]],
  ['an unknown suite', () => file(patched(5, [2])), [400]],
  ['another header length', () => file(patched(6, [0xff, 0xff])), [400]],
  ['a key id of nobody', () => file(patched(24, [1, 2, 3, 4, 5, 6, 7, 8])), [400]],
  ['a changed wrapped key', () => file(patched(50, [0xff, 0xff])), [400]],
  ['reserved bytes in use', () => file(patched(92, [1])), [400]],
  ['a changed header tag', () => file(patched(100, [0xff, 0xfe])), [400]],
  ['a frame of an unknown stream', () => file(patched(128, [0x12, 0x34])), [400]],
  ['a frame of no bytes', () => file(patched(130, [0, 0, 0, 0])), [400]],
  ['a frame of 4 GiB', () => file(patched(130, [0xff, 0xff, 0xff, 0xff])), [400]],
  ['a frame one byte too long for the format', () => file(patched(130, [0, 0x10, 0, 1])), [400]],
  ['a trailer that lies about the length', () => file(patched(good.length - 16, [0, 0, 0, 0, 0, 0, 0, 1])), [400]],
  ['another end', () => file(patched(good.length - 8, [0, 0, 0, 0, 0, 0, 0, 0])), [400]],
  ['the file twice in a row', () => file(Buffer.concat([good, good])), [400]],
  ['half of the file', () => file(good.subarray(0, good.length >> 1)), [400]],
  ['all but the last byte', () => file(good.subarray(0, -1)), [400]],
  ['one byte more', () => file(Buffer.concat([good, Buffer.from([0])])), [400]],
  [
    'version 1 with a chunk of 4 GiB',
    () =>
      file(
        Buffer.concat([
          Buffer.from('BSCC\x01\x01\x0c', 'latin1'),
          Buffer.alloc(12),
          Buffer.from([0, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff]),
          Buffer.alloc(500),
        ]),
      ),
    [400],
  ],
  [
    'version 1 with a chunk size of its own',
    () =>
      file(
        Buffer.concat([
          Buffer.from('BSCC\x01\x01\x0c', 'latin1'),
          Buffer.alloc(12),
          Buffer.from([0xff, 0xff, 0xff, 0xff]),
          Buffer.alloc(500),
        ]),
      ),
    [400],
  ],
  [
    'version 1 with a nonce of 255 bytes',
    () => file(Buffer.concat([Buffer.from('BSCC\x01\x01\xff', 'latin1'), Buffer.alloc(500)])),
    [400],
  ],
  ['more than the limit, of known length', () => file(Buffer.alloc(LIMIT + 100_000)), [413]],
  [
    'more than the limit, of unknown length',
    () => chunked(Buffer.concat([part(Buffer.concat([good, Buffer.alloc(LIMIT + 1)])), END])),
    [400, 413],
  ],
  [
    'more than the limit, of a kind that is read to its end',
    () =>
      chunked(
        Buffer.concat([
          part(
            Buffer.concat([
              Buffer.from('BSCC\x01\x01\x0c', 'latin1'),
              Buffer.alloc(12),
              Buffer.from([0, 0x10, 0, 0]),
              Buffer.from([0, 0x10, 0, 0x10]),
              Buffer.alloc(LIMIT),
            ]),
          ),
          END,
        ]),
      ),
    [400, 413],
  ],
  [
    'a length that says more than comes, and a client that leaves',
    () => ({ headers: [MULTIPART, 'Content-Length: 2000000'], body: part(good), hangUp: true }),
    [0],
  ],
  [
    'chunks that break off',
    () => ({
      headers: [MULTIPART, 'Transfer-Encoding: chunked'],
      body: Buffer.from('ffff\r\n--b\r\nContent-Disp'),
      hangUp: true,
    }),
    [0],
  ],
  [
    'a chunk size that is no number',
    () => ({ headers: [MULTIPART, 'Transfer-Encoding: chunked'], body: Buffer.from('zz\r\n') }),
    [0, 400],
  ],
  [
    'both a length and chunks',
    () => ({ headers: [MULTIPART, 'Content-Length: 5', 'Transfer-Encoding: chunked'], body: Buffer.from('0\r\n\r\n') }),
    [0, 400],
  ],
  ['a negative length', () => ({ headers: [MULTIPART, 'Content-Length: -5'], body: Buffer.alloc(0) }), [0, 400]],
];

describe('a hostile upload', () => {
  it.each(CORPUS)('with %s is refused, and nothing of it stays', async (_, make, statuses) => {
    const before = await state();
    const { status, code } = await send(make());
    expect(statuses).toContain(status);
    if (code !== '')
      expect(code).toMatch(
        /^backups\.(invalid_format|invalid_request|decrypt_failed|checksum_mismatch|upload_too_large)$/,
      );
    await eventually(async () => JSON.stringify(await state()) === JSON.stringify(before));
  });

  it.each([
    ['a null byte', 'a\0b.bscc'],
    ['line ends', 'a%0D%0ASet-Cookie: x=1.bscc'],
    ['a quote', 'a\\"b.bscc'],
    ['a path', '..\\\\..\\\\boot.ini'],
    ['markup', '<img src=x onerror=alert(1)>.bscc'],
    ['raw UTF-8', 'резервна копія 🗄.bscc'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe]).toString('latin1')],
    ['nothing', ''],
  ])('whose name has %s names no file with it', async (_, name) => {
    const own = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from(name || 'empty') }],
      testKey(1),
    );
    const { status } = await send(parts(part(own, `form-data; name="file"; filename="${name}"`)));
    expect([201, 400]).toContain(status);
    for (const stored of await readdir(service.storagePath))
      expect(stored).toMatch(/^berkut-scc_\d{8}T\d{6}Z_[0-9a-f]{8}\.bscc$/);
  });

  it('never takes more than a few at once, and the others are told so', async () => {
    const { hostname, port } = new URL(service.url);
    const open = Array.from({ length: 4 }, () => connect(Number(port), hostname));
    for (const socket of open) {
      socket.on('error', () => undefined);
      socket.write(
        `POST /api/backups/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${MULTIPART}\r\nContent-Length: 100000\r\n\r\n`,
      );
      socket.write(part(good.subarray(0, 200)).subarray(0, -2));
    }
    await eventually(
      async () => (await readdir(service.storagePath)).filter((name) => name.startsWith('.')).length === 4,
    );
    const fifth = await send(file(good));
    expect([fifth.status, fifth.code]).toEqual([409, 'backups.concurrent_operation']);
    for (const socket of open) socket.destroy();
    await eventually(async () => (await readdir(service.storagePath)).every((name) => !name.startsWith('.')));
    expect((await send(file(good))).status).toBe(201);
  });

  it('that comes twice at once is one backup', async () => {
    const own = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from('twice') }],
      testKey(1),
    );
    const answers = await Promise.all([send(file(own)), send(file(own)), send(file(own))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
  });
});
