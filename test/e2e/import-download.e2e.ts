import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { startTestService, type TestService } from '../support/app';
import { collect, containerOf, PLAIN, testKey, ZSTD } from '../support/containers';
import { eventually } from '../support/eventually';
import { withIndex } from '../support/forged-container';
import { markRemoving } from '../support/rows-of';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import { BackupRemoval } from '../../src/backups/catalogue/backup-removal.service';
import { BackupFiles } from '../../src/backups/catalogue/backup-files';
import { FileCheck } from '../../src/backups/catalogue/file-check.service';
import { Storage, StorageError } from '../../src/engine/storage/storage';

const V1_KEY = '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ demo: true, environment: { BERKUT_BACKUP_UPLOAD_MAX_BYTES: '8000000' } });
});
afterAll(() => service.stop());

interface Answer {
  status: number;
  body: { item: BackupDto; error: { code: string } };
}
const send = async (form: FormData): Promise<Answer> => {
  const response = await fetch(`${service.url}/api/backups/import`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await service.token('backup_operator')}` },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};
const upload = (bytes: Uint8Array, name = 'backup.bscc', field = 'file'): Promise<Answer> => {
  const form = new FormData();
  form.append(field, new Blob([new Uint8Array(bytes)]), name);
  return send(form);
};
const download = async (id: number, headers: Record<string, string> = {}, method = 'GET') => {
  const response = await service.client.fetch(method, `/backups/${id}/download`, undefined, headers);
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const state = async (): Promise<unknown> => [
  (await readdir(service.storagePath).catch(() => [])).sort(),
  (await service.client.get('/backups')).body.total,
];

describe('an import', () => {
  it.each([
    ['takes', 'right', 201],
    ['refuses', 'wrong', 400],
  ])('%s a file whose stream has a checksum and a %s digest besides', async (_, kind, status) => {
    const plain = randomBytes(3_000_000);
    const file = await containerOf([{ name: 'schema', kind: 'schema', plain, compression: ZSTD }]);
    const digest = createHash('sha256').update(plain).digest('hex');
    const digested = await withIndex(file, ({ streams: [stream], ...index }) => ({
      ...index,
      streams: [{ ...stream, plain_sha256: kind === 'right' ? digest : '0'.repeat(64) }],
    }));
    const before = await state();
    const answer = await upload(digested);
    expect(answer.status).toBe(status);
    if (status === 201) await service.client.delete(`/backups/${answer.body.item.id}`);
    else expect(answer.body.error.code).toBe('backups.checksum_mismatch');
    expect(await state()).toEqual(before);
  });

  it('gives back a deleted backup from its downloaded file, with all that it says of itself, and it restores', async () => {
    const made = await service.client.backUp({ label: 'щоденна' });
    const { bytes } = await download(made.id);
    await service.client.delete(`/backups/${made.id}`);
    const { status, body } = await upload(bytes, 'мій файл.bscc');
    expect(status).toBe(201);
    expect(body.item).toMatchObject({
      source: 'imported',
      trigger: 'import',
      status: 'success',
      checksum: made.checksum,
      size_bytes: made.size_bytes,
      origin_filename: 'мій файл.bscc',
      requested_by: 'backup_operator',
      meta_json: { backup_label: 'щоденна', backup_scope: ['ALL'], entity_counts: made.meta_json.entity_counts },
    });
    const again = await upload(bytes, 'other.bscc');
    expect([again.status, again.body.item.id]).toEqual([200, body.item.id]);
    expect(await service.client.restore(body.item.id)).toMatchObject({ status: 'success' });
  });

  it('takes files of version 1', async () => {
    const other = await startTestService({ environment: { BACKUP_ENCRYPTION_KEY: V1_KEY } });
    try {
      const form = new FormData();
      form.append(
        'file',
        new Blob([new Uint8Array(await readFile(join(__dirname, '../vectors/version1.bscc')))]),
        'old.bscc',
      );
      const response = await fetch(`${other.url}/api/backups/import`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${await other.token('admin')}` },
        body: form,
      });
      expect(response.status).toBe(201);
      const { item } = (await response.json()) as { item: BackupDto };
      expect(item.meta_json).toMatchObject({
        format_version: '1',
        backup_label: 'SAMPLE',
        backup_scope: ['ALL'],
        goose_db_version: 24,
        checksums: {
          manifest_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          dump_sha256: expect.any(String) as string,
        },
      });
      expect(await other.client.restore(item.id)).toMatchObject({ status: 'success' });
    } finally {
      await other.stop();
    }
  });

  it.each<[string, (file: Buffer) => Buffer, number, string]>([
    ['sealed with another key', (file) => file, 400, 'backups.decrypt_failed'],
    ['cut in the middle', (file) => file.subarray(0, file.length - 300), 400, 'backups.invalid_format'],
    ['cut in its header', (file) => file.subarray(0, 100), 400, 'backups.invalid_format'],
    ['of three bytes', () => Buffer.from('BSC'), 400, 'backups.invalid_format'],
    ['that is empty', () => Buffer.alloc(0), 400, 'backups.invalid_format'],
    ['that is something else', () => Buffer.alloc(5000, 'x'), 400, 'backups.invalid_format'],
    [
      'of a version of the future',
      (file) => Buffer.concat([file.subarray(0, 4), Buffer.from([9]), file.subarray(5)]),
      400,
      'backups.invalid_format',
    ],
    ['with bytes behind its end', (file) => Buffer.concat([file, Buffer.alloc(10)]), 400, 'backups.invalid_format'],
    [
      'with a length field of 2^32 - 1',
      (file) => Buffer.concat([file.subarray(0, 130), Buffer.alloc(4, 0xff), file.subarray(134)]),
      400,
      'backups.decrypt_failed',
    ],
    ['much larger than the limit', () => Buffer.alloc(9_000_000, 'x'), 413, 'backups.upload_too_large'],
    ['that is something else and large', () => Buffer.alloc(8_000_001, 'x'), 400, 'backups.invalid_format'],
  ])('refuses a file %s, and keeps nothing of it', async (what, change, status, code) => {
    const key = what === 'sealed with another key' ? testKey(2) : testKey(1);
    const file = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.alloc(100_000, 'abc') }],
      key,
    );
    const before = await state();
    const answer = await upload(change(file));
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(await state()).toEqual(before);
  });

  it('refuses a good file that is larger than the limit', async () => {
    const before = await state();
    const answer = await upload(
      await containerOf([{ name: 'data/0', compression: PLAIN, plain: randomBytes(8_000_000) }], testKey(1)),
    );
    expect([answer.status, answer.body.error.code]).toEqual([413, 'backups.upload_too_large']);
    expect(answer.body).toMatchObject({
      error: {
        details: {
          limit_bytes: 8_000_000,
          hint: expect.stringMatching(/BERKUT_BACKUP_UPLOAD_MAX_BYTES.* POST \/api\/backups\/rescan/) as string,
        },
      },
    });
    expect(await state()).toEqual(before);
  });

  it.each<[string, (path: string) => Promise<void>, boolean]>([
    ['is gone', (path) => unlink(path), false],
    ['is too short', (path) => truncate(path, 200), false],
    ['was changed', (path) => writeFile(path, Buffer.alloc(5_000, 'x').subarray(0, 900)), false],
    ['was noted as missing', (path) => unlink(path), true],
  ])('gives a backup whose file %s the good one back', async (what, spoil, isNoted) => {
    const plain = Buffer.alloc(100_000, what);
    const file = await containerOf([{ name: 'schema', kind: 'schema', plain }], testKey(1));
    const first = (await upload(file)).body.item;
    await spoil(join(service.storagePath, first.filename ?? ''));
    if (isNoted) expect(await service.client.rescan()).toMatchObject({ missing: [first.id] });
    expect((await download(first.id)).status).toBeGreaterThanOrEqual(400);
    const again = await upload(file);
    expect([again.status, again.body.item.id]).toEqual([200, first.id]);
    expect(again.body.item).not.toHaveProperty('error_code');
    expect((await download(first.id)).bytes.equals(file)).toBe(true);
    expect(await readdir(service.storagePath)).toContain(again.body.item.filename);
    expect(again.body.item.filename).not.toBe(first.filename);
    expect(await readdir(service.storagePath)).not.toContain(first.filename);
  });

  it('of a file whose backup is being removed makes a new one', async () => {
    const file = await containerOf([{ name: 'schema', kind: 'schema', plain: Buffer.from('removing') }], testKey(1));
    const first = (await upload(file)).body.item;
    await markRemoving(service, 'caller', { id: first.id });
    const again = await upload(file);
    expect(again.status).toBe(201);
    // Nothing proves who has marked the first one: it is back, with its file.
    await service.app.get(BackupRemoval).finishInterrupted();
    expect(await readdir(service.storagePath)).toContain(first.filename);
    for (const { id } of [first, again.body.item]) expect((await download(id)).bytes.equals(file)).toBe(true);
  });

  it('keeps no file when its row cannot be written', async () => {
    const file = await containerOf([{ name: 'schema', kind: 'schema', plain: Buffer.from('no row') }], testKey(1));
    await service.query(`ALTER TABLE backups ADD CONSTRAINT none CHECK (source <> 'imported') NOT VALID`);
    const before = await state();
    try {
      expect((await upload(file)).status).toBe(500);
      expect(await state()).toEqual(before);
    } finally {
      await service.query('ALTER TABLE backups DROP CONSTRAINT none');
    }
    expect((await upload(file)).status).toBe(201);
  });

  it('refuses a changed byte wherever it is', async () => {
    const file = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.alloc(1000, 'abc') }],
      testKey(1),
    );
    const before = await state();
    for (let at = 0; at < file.length; at += 37) {
      const changed = Buffer.from(file);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x40, at);
      expect([at, (await upload(changed)).status]).toEqual([at, 400]);
    }
    expect(await state()).toEqual(before);
  });

  it('refuses bodies that are not one file', async () => {
    const file = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from('x') }],
      testKey(1),
    );
    const before = await state();
    const two = new FormData();
    two.append('file', new Blob([new Uint8Array(file.subarray(0, 50))]), 'a');
    two.append('file', new Blob([new Uint8Array(file)]), 'b');
    expect((await send(two)).status).toBe(400);
    expect((await upload(file, 'a.bscc', 'upload')).body.error.code).toBe('backups.invalid_format');
    expect((await send(new FormData())).status).toBe(400);
    for (const [type, body] of [
      ['application/json', '{}'],
      ['application/json', '{"file":'],
      ['application/octet-stream', 'BSCC'],
      ['text/plain', 'BSCC'],
      ['multipart/form-data', 'x'],
      [
        'multipart/form-data; boundary=b',
        '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nBSCC',
      ],
    ] as const) {
      const answer = await service.client.send('POST', '/backups/import', body, { 'Content-Type': type });
      expect([type, answer.status, answer.body.error.code]).toEqual([type, 400, 'backups.invalid_format']);
    }
    expect(await state()).toEqual(before);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\backups\\a.bscc', 'a.bscc'],
    ['ab\u202Ec.bscc', 'abc.bscc'],
    ['звіт.bscc', 'звіт.bscc'],
    ['n'.repeat(4000), 'n'.repeat(255)],
  ])('shows of the file name %j only what is harmless', async (name, shown) => {
    const file = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from(name) }],
      testKey(1),
    );
    const { status, body } = await upload(file, name);
    expect([status, body.item.origin_filename]).toEqual([201, shown]);
    expect(body.item.filename).toMatch(/^berkut-scc_\d{8}T\d{6}Z_[0-9a-f]{8}\.bscc$/);
  });

  it('keeps nothing when the client goes away in the middle', async () => {
    const before = await state();
    const token = await service.token('admin');
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${service.url}/api/backups/import`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'multipart/form-data; boundary=b',
          'Content-Length': 1_000_000,
        },
      });
      request.on('error', () => resolve());
      request.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nBSCC\x02\x01');
      void eventually(async () => (await readdir(service.storagePath)).some((name) => name.startsWith('.'))).then(() =>
        request.destroy(),
      );
    });
    await eventually(async () => JSON.stringify(await state()) === JSON.stringify(before));
  });
});

describe('a download', () => {
  let backup: BackupDto;
  let whole: Buffer;
  beforeAll(async () => {
    backup = await service.client.backUp();
    whole = (await download(backup.id)).bytes;
  });

  it('says what it is', async () => {
    const { status, headers } = await download(backup.id, {}, 'HEAD');
    expect(status).toBe(200);
    expect(headers.get('content-length')).toBe(String(backup.size_bytes));
    expect(headers.get('etag')).toBe(`"${backup.checksum ?? ''}"`);
    expect(headers.get('accept-ranges')).toBe('bytes');
    expect(headers.get('repr-digest')).toBe(
      `sha-256=:${Buffer.from(backup.checksum ?? '', 'hex').toString('base64')}:`,
    );
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${backup.filename ?? ''}"`);
  });

  it('can be resumed, as long as the file is the same', async () => {
    const half = Math.floor(whole.length / 2);
    const rest = await download(backup.id, { Range: `bytes=${half}-`, 'If-Range': `"${backup.checksum ?? ''}"` });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes ${half}-${whole.length - 1}/${whole.length}`);
    expect(Buffer.concat([whole.subarray(0, half), rest.bytes]).equals(whole)).toBe(true);
    const other = await download(backup.id, { Range: `bytes=${half}-`, 'If-Range': '"another"' });
    expect([other.status, other.bytes.length]).toEqual([200, whole.length]);
  });

  it.each([
    ['bytes=0-0', 206, 1],
    ['bytes=-10', 206, 10],
    ['bytes=5-4', 200, undefined],
    ['bytes=0-1,5-6', 200, undefined],
    ['items=0-1', 200, undefined],
    ['bytes=99999999-', 416, undefined],
    ['bytes=-0', 416, undefined],
  ])('answers Range %s with %i', async (range, status, length) => {
    const answer = await download(backup.id, { Range: range });
    expect(answer.status).toBe(status);
    if (length !== undefined) expect(answer.bytes).toHaveLength(length);
    if (status === 416) expect(answer.headers.get('content-range')).toBe(`bytes */${whole.length}`);
  });

  it('is not sent again to a client that has it', async () => {
    const { id, checksum = '' } = await service.client.backUp();
    const { status, bytes } = await download(id, { 'If-None-Match': `"x", "${checksum}"` });
    expect([status, bytes.length]).toEqual([304, 0]);
    await eventually(async () => (await recordsOf(id)).length > 0);
    expect(await recordsOf(id)).toMatchObject([{ result: 'success', details: { bytes_sent: 0, bytes_total: 0 } }]);
  });

  it('has no range when only its head is asked for', async () => {
    const { status, headers } = await download(backup.id, { Range: 'bytes=0-9' }, 'HEAD');
    expect([status, headers.get('content-length')]).toEqual([200, String(whole.length)]);
  });

  it('goes on after the connection broke, and both parts are recorded', async () => {
    const { id, filename } = await imported(randomBytes(6_000_000));
    const file = await readFile(join(service.storagePath, filename ?? ''));
    const head: Buffer[] = [];
    const broken = await open(id);
    for await (const chunk of broken.response as AsyncIterable<Buffer>) {
      head.push(chunk);
      if (Buffer.concat(head).length > 100_000) break;
    }
    const got = Buffer.concat(head);
    const rest = await download(id, {
      Range: `bytes=${got.length}-`,
      'If-Range': broken.response.headers.etag ?? '',
    });
    expect(rest.status).toBe(206);
    expect(Buffer.concat([got, rest.bytes]).equals(file)).toBe(true);
    await eventually(async () => (await recordsOf(id)).length === 2);
    const [first, second] = await recordsOf(id);
    expect(first).toMatchObject({ result: 'failed', details: { bytes_total: file.length } });
    expect(first?.details.bytes_sent).toBeGreaterThan(100_000);
    expect(second).toMatchObject({ result: 'success', details: { bytes_sent: file.length - got.length } });
    expect((await service.client.delete(`/backups/${id}`)).status).toBe(200);
  });

  it('to a client that does not read takes no memory and blocks no other operation', async () => {
    const { id, filename } = await imported(randomBytes(7_000_000));
    const sockets: Socket[] = [];
    const server = service.app.getHttpServer();
    server.on('connection', (socket: Socket) => sockets.push(socket));
    const slow = await open(id);
    const served = sockets.at(-1);
    expect((await service.client.backUp()).status).toBe('success');
    expect(served?.writableLength).toBeLessThan(2_500_000);
    const busy = await service.client.delete(`/backups/${id}`);
    expect([busy.status, busy.body.error.code]).toEqual([409, 'backups.file_busy']);
    const bytes = await collect(slow.response as AsyncIterable<Buffer>);
    expect(bytes.equals(await readFile(join(service.storagePath, filename ?? '')))).toBe(true);
    await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
  });

  it('whose client goes before the file is open leaves nothing open, and its record', async () => {
    const { id } = await imported(randomBytes(1_000));
    const storage = service.app.get(Storage);
    const opened = jest.spyOn(storage, 'open');
    const server = service.app.getHttpServer();
    const gone = once(server, 'request').then(([, response]) => once(response as ServerResponse, 'close'));
    opened.mockImplementationOnce(async (name) => {
      request.destroy();
      await gone;
      return storage.open(name);
    });
    const request = httpRequest(`${service.url}/api/backups/${id}/download`, {
      headers: { Authorization: `Bearer ${await service.token('admin')}` },
    });
    request.on('error', () => undefined).end();
    await gone;
    opened.mockRestore();
    await eventually(async () => (await recordsOf(id)).length === 1);
    expect(await recordsOf(id)).toMatchObject([{ result: 'failed', details: { bytes_sent: 0 } }]);
    await eventually(async () => (await service.client.delete(`/backups/${id}`)).status === 200);
  });

  it('breaks off when the storage fails in the middle, and is recorded as failed', async () => {
    const { id, size_bytes: size = 0 } = await imported(randomBytes(3_000_000));
    const storage = service.app.get(Storage);
    const open = storage.open.bind(storage);
    jest.spyOn(storage, 'open').mockImplementationOnce(async (name) => {
      const file = await open(name);
      return Object.assign(file, {
        createReadStream: () =>
          Readable.from(
            (async function* () {
              yield await file.read(0, 1_000_000);
              throw new StorageError('unavailable');
            })(),
            { objectMode: false },
          ),
      });
    });
    await expect(download(id)).rejects.toThrow();
    await eventually(async () => (await recordsOf(id)).length === 1);
    const [record] = await recordsOf(id);
    expect([record?.result, record?.details.bytes_total]).toEqual(['failed', size]);
    expect(record?.details.bytes_sent).toBeLessThan(size);
    expect((await service.client.delete(`/backups/${id}`)).status).toBe(200);
  });

  it('of a file that was changed is an error, whatever is asked for, until it is whole again', async () => {
    const made = await service.client.backUp();
    const path = join(service.storagePath, made.filename ?? '');
    const good = await readFile(path);
    const changed = Buffer.from(good);
    changed.writeUInt8(changed.readUInt8(200) ^ 1, 200);
    await writeFile(path, changed);
    for (const headers of [{}, { Range: 'bytes=0-9' }, { 'If-None-Match': `"${made.checksum ?? ''}"` }]) {
      const { status, bytes, headers: answered } = await download(made.id, headers);
      expect([status, answered.get('etag'), answered.get('repr-digest')]).toEqual([400, null, null]);
      expect(JSON.parse(bytes.toString())).toMatchObject({ error: { code: 'backups.checksum_mismatch' } });
    }
    expect((await download(made.id, {}, 'HEAD')).status).toBe(400);
    await writeFile(path, good);
    expect((await download(made.id)).bytes.equals(good)).toBe(true);
  });

  it('of a damaged file is none, though a good copy is being checked meanwhile, which is noted for no other', async () => {
    const made = await service.client.backUp();
    const path = join(service.storagePath, made.filename ?? '');
    const good = await readFile(path);
    const { backup, file, close } = await service.app.get(BackupFiles).open(made.id);
    const check = service.app.get(FileCheck);
    const versions = () => service.query('SELECT file_version FROM backups WHERE id = $1', [made.id]);
    const before = await versions();
    const begun = Promise.withResolvers<undefined>();
    const goesOn = Promise.withResolvers<undefined>();
    const read = jest.fn(async (position: number, lengthBytes: number) => {
      begun.resolve(undefined);
      await goesOn.promise;
      return good.subarray(position, position + lengthBytes);
    });
    const copy = { ...file, version: 'of the copy', sizeBytes: good.length, read };
    const checking = check.ensureUnchanged(backup, copy);
    await begun.promise;
    const changed = Buffer.from(good);
    changed.writeUInt8(changed.readUInt8(200) ^ 1, 200);
    await writeFile(path, changed);
    expect((await download(made.id)).status).toBe(400);
    goesOn.resolve(undefined);
    await checking;
    expect(await versions()).toEqual(before);
    const times = read.mock.calls.length;
    await check.ensureUnchanged(backup, copy);
    expect(read).toHaveBeenCalledTimes(times);
    await close();
  });

  it('of a backup with a name that is none fails, and removing it does not', async () => {
    const made = await service.client.backUp();
    await service.query(`UPDATE backups SET storage_name = '../outside' WHERE id = $1`, [made.id]);
    expect((await download(made.id)).status).toBe(404);
    expect((await service.client.delete(`/backups/${made.id}`)).status).toBe(200);
    expect((await service.client.get(`/backups/${made.id}`)).status).toBe(404);
  });

  it('can be deleted while the storage is silent about another', async () => {
    const [silent, other] = [await service.client.backUp(), await service.client.backUp()];
    const storage = service.app.get(Storage);
    const stat = storage.stat.bind(storage);
    const asked = Promise.withResolvers<undefined>();
    const answers = Promise.withResolvers<undefined>();
    const spy = jest.spyOn(storage, 'stat').mockImplementation(async (name) => {
      if (name === silent.filename) {
        asked.resolve(undefined);
        await answers.promise;
      }
      return stat(name);
    });
    const deleting = service.client.delete(`/backups/${silent.id}`);
    await asked.promise;
    expect((await service.client.delete(`/backups/${other.id}`)).status).toBe(200);
    answers.resolve(undefined);
    expect((await deleting).status).toBe(200);
    spy.mockRestore();
  });

  it('of a file that is too short does not give away the lock of another reader', async () => {
    const made = await service.client.backUp();
    const reader = await service.app.get(BackupFiles).open(made.id);
    await truncate(join(service.storagePath, made.filename ?? ''), 500);
    for (let i = 0; i < 3; i += 1) expect((await download(made.id)).status).toBe(400);
    expect((await service.client.delete(`/backups/${made.id}`)).status).toBe(409);
    await reader.close();
    expect((await service.client.delete(`/backups/${made.id}`)).status).toBe(200);
  });

  it('that runs on another replica keeps the file, and so does a link in its place', async () => {
    const { id, filename } = await imported(randomBytes(6_000_000));
    const other = await startTestService({ beside: service });
    try {
      const slow = await open(id, other.url);
      expect((await service.client.delete(`/backups/${id}`)).body.error.code).toBe('backups.file_busy');
      slow.request.destroy();
      await eventually(async () => (await other.client.delete(`/backups/${id}`)).status === 200);
    } finally {
      await other.stop();
    }
    expect(await readdir(service.storagePath)).not.toContain(filename);
    const linked = await imported(randomBytes(1_000));
    const path = join(service.storagePath, linked.filename ?? '');
    await unlink(path);
    await symlink(join(service.storagePath, backup.filename ?? ''), path);
    expect((await download(linked.id)).status).toBe(404);
    expect((await service.client.delete(`/backups/${linked.id}`)).status).toBe(200);
    expect((await download(backup.id)).bytes.equals(whole)).toBe(true);
    await unlink(path);
  });

  /** Begins a download of which nothing is read but the head. */
  async function open(id: number, url = service.url): Promise<{ request: ClientRequest; response: IncomingMessage }> {
    const request = httpRequest(`${url}/api/backups/${id}/download`, {
      agent: false,
      headers: { Authorization: `Bearer ${await service.token('admin')}` },
    });
    request.on('error', () => undefined).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return { request, response };
  }

  async function imported(plain: Buffer): Promise<BackupDto> {
    const stream = { name: 'schema', kind: 'schema', compression: PLAIN, plain } as const;
    return (await upload(await containerOf([stream], testKey(1)))).body.item;
  }

  async function recordsOf(id: number): Promise<{ result: string; details: Record<string, unknown> }[]> {
    const rows = await service.query(
      `SELECT result, details FROM audit_records WHERE action = 'backups.download' AND resource = $1 ORDER BY seq`,
      [`backup/${id}`],
    );
    return rows as { result: string; details: Record<string, unknown> }[];
  }
});

describe('the end of the service', () => {
  it('waits for no client that takes or sends nothing, and keeps nothing of half an upload', async () => {
    const files = await mkdtemp(join(tmpdir(), 'berkut-slow-'));
    // More than the buffers between the two of them hold.
    await writeFile(join(files, 'large'), randomBytes(20_000_000));
    const ending = await startTestService({ environment: { BERKUT_BACKUP_FILES_PATH: files } });
    try {
      const { id, filename } = await ending.client.backUp({ include_files: true });
      const headers = { Authorization: `Bearer ${await ending.token('admin')}` };
      const reading = httpRequest(`${ending.url}/api/backups/${id}/download`, { headers });
      const [response] = (await once(reading.end(), 'response')) as [IncomingMessage];
      response.pause();
      const sending = httpRequest(`${ending.url}/api/backups/import`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': 1_000_000 },
      });
      response.on('error', () => undefined);
      const cut = Promise.all([new Promise((resolve) => response.once('close', resolve)), once(sending, 'error')]);
      sending.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x.bscc"\r\n\r\nBSCC\x02');
      await eventually(async () => (await readdir(ending.storagePath)).length === 2);
      await ending.stopService();
      response.resume();
      await cut;
      expect(await readdir(ending.storagePath)).toEqual([filename]);
    } finally {
      await ending.stop();
      await rm(files, { recursive: true });
    }
  });
});
