import { readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { LocalPendingFile } from '../../src/engine/storage/local-pending-file';
import { startTestService, type TestService } from '../support/app';
import { containerOf, PLAIN, testKey, ZSTD } from '../support/containers';
import { eventually } from '../support/eventually';
import { withIndex, withStream } from '../support/forged-container';

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
let sealedByOther: Buffer;
let version1OfOther: Buffer;
let bomb: Buffer;
let token: string;
beforeAll(async () => {
  service = await startTestService({ environment: { BERKUT_BACKUP_UPLOAD_MAX_BYTES: String(LIMIT) } });
  token = await service.token('admin');
  good = await containerOf(
    [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from('hello') }],
    testKey(1),
  );
  sealedByOther = await containerOf(
    [{ name: 'schema', kind: 'schema', compression: PLAIN, plain: Buffer.alloc(100_000, 1) }],
    testKey(2),
  );
  version1OfOther = await readFile(join(__dirname, '../vectors/version1.bscc'));
  bomb = await withIndex(
    await containerOf([{ name: 'data/0', compression: PLAIN, plain: zstdCompressSync(Buffer.alloc(100_000_000)) }]),
    (index) => withStream(index, { compression: 'zstd', plain_size: 1_000 }),
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

/** Announces more than comes, and waits for the answer. */
const waiting = (body: Buffer): Upload => ({ headers: [MULTIPART, 'Content-Length: 2500000'], body });
/** Takes the last chunk away, so that the body never ends. */
const withoutEnd = ({ headers, body }: Upload): Upload => ({ headers, body: body.subarray(0, -5) });

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
  ['two good files', () => parts(part(good), part(good)), [400]],
  ['a good file and then a field', () => parts(part(good), part('x', 'form-data; name="label"')), [400]],
  ['a field and then a good file', () => parts(part('x', 'form-data; name="label"'), part(good)), [400]],
  [
    'a good file and then a part that is cut off',
    () => sized(Buffer.concat([part(good), Buffer.from('--b\r\nContent-Disp')])),
    [400],
  ],
  ['a bomb that says it is small', () => file(bomb), [400]],
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
  ['an unknown key id', () => file(patched(24, [1, 2, 3, 4, 5, 6, 7, 8])), [400]],
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
    'endless chunks behind a good file',
    () => withoutEnd(chunked(Buffer.concat([part(good), Buffer.from('--b\r\n\r\n'), Buffer.alloc(LIMIT + 100_000)]))),
    [413],
  ],
  ['a wrong key, and the rest of the body is held back', () => waiting(part(sealedByOther).subarray(0, 50_000)), [400]],
  ['a wrong key of version 1, and the rest of the body is held back', () => waiting(part(version1OfOther)), [400]],
  ['something else, and the rest of the body is held back', () => waiting(part(Buffer.alloc(1_000, 'x'))), [400]],
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

  it.each<[string, string | Buffer, string | undefined]>([
    ['a null byte', 'a\0b.bscc', undefined],
    ['line ends', 'a%0D%0ASet-Cookie: x=1.bscc', 'aSet-Cookie: x=1.bscc'],
    ['a quote', 'a\\"b.bscc', 'a"b.bscc'],
    ['a path', '..\\\\..\\\\boot.ini', 'boot.ini'],
    ['a path of this system', '../../../../etc/passwd', 'passwd'],
    ['markup', '<img src=x onerror=alert(1)>.bscc', '<img src=x onerror=alert(1)>.bscc'],
    ['raw UTF-8', 'резервна копія 🗄.bscc', 'резервна копія 🗄.bscc'],
    ['4,000 characters', 'n'.repeat(4_000), 'n'.repeat(255)],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe]), 'a\ufffd\ufffd'],
    ['nothing', '', undefined],
  ])('whose name has %s is shown without what could do harm', async (_, name, shown) => {
    const own = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from(`of ${String(name)}`) }],
      testKey(1),
    );
    const disposition = Buffer.concat([
      Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="'),
      Buffer.from(name),
      Buffer.from('"\r\n\r\n'),
    ]);
    const { status } = await send(sized(Buffer.concat([disposition, own, Buffer.from('\r\n'), END])));
    expect(status).toBe(shown === undefined ? 400 : 201);
    if (shown !== undefined) {
      const [newest] = await service.query('SELECT origin_filename FROM backups ORDER BY id DESC LIMIT 1');
      expect(newest).toEqual({ origin_filename: shown });
    }
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

  it('that is good, and of unknown length, is taken', async () => {
    const own = await containerOf([{ name: 'schema', kind: 'schema', plain: Buffer.from('chunked') }], testKey(1));
    expect((await send(chunked(Buffer.concat([part(own), END])))).status).toBe(201);
  });

  it('whose file cannot even be removed is refused for what it is, and leaves no place taken', async () => {
    const discard = jest.spyOn(LocalPendingFile.prototype, 'discard').mockRejectedValue(new Error('discard'));
    try {
      // More than are taken at once.
      for (let n = 0; n < 5; n += 1) {
        expect((await send(file(sealedByOther))).status).toBe(400);
      }
      await service.idle();
    } finally {
      discard.mockRestore();
      for (const name of await readdir(service.storagePath)) {
        if (name.startsWith('.')) await rm(join(service.storagePath, name));
      }
    }
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
