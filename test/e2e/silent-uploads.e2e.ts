import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { OperationsService } from '../../src/kernel/operations/operations.service';
import { startTestService, type TestService } from '../support/app';
import { containerOf, testKey } from '../support/containers';
import { eventually } from '../support/eventually';
import { openSocket } from '../support/raw-client';

describe('an upload that falls silent', () => {
  let service: TestService;
  let sockets: Socket[];
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await service.stop();
  });

  /** As many as there are places, each with the beginning of a file and then nothing. */
  const begin = async (stallSeconds: number): Promise<Promise<string>[]> => {
    service = await startTestService({
      environment: { BERKUT_BACKUP_UPLOAD_STALL_SECONDS: String(stallSeconds) },
    });
    sockets = [];
    expect((await service.client.upload([await containerOf([], testKey(1))])).status).toBe(201);
    const start = (await containerOf([{ name: 'data/0', plain: Buffer.alloc(100_000, 1) }], testKey(1))).subarray(
      0,
      2_000,
    );
    const token = await service.token('admin');
    const answers = Array.from({ length: 4 }, async () => {
      const socket = await openSocket(service.url);
      sockets.push(socket);
      socket.write(
        `POST /api/backups/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
          'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 900000\r\n\r\n' +
          '--b\r\nContent-Disposition: form-data; name="file"; filename="x.bscc"\r\n\r\n',
      );
      socket.write(start);
      let text = '';
      for await (const data of socket as AsyncIterable<string>) {
        text += data;
        if (text.includes('request_id')) break;
      }
      return text;
    });
    await eventually(async () => (await pending()).length === 4);
    return answers;
  };
  const pending = async (): Promise<string[]> =>
    (await readdir(service.storagePath)).filter((name) => name.startsWith('.'));
  const isNothingLeft = async (): Promise<boolean> => {
    const [row] = await service.query(
      `SELECT (SELECT count(*) FROM audit_intents)::int + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
          AND mode = 'ExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))::int AS n`,
    );
    return row?.['n'] === 0 && (await pending()).length === 0;
  };

  it('is ended and gives back its place, its file, its locks and its operation', async () => {
    const answers = await begin(1);
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*"code":"backups\.invalid_format"/s);
    }
    await service.app.get(OperationsService).idle();
    await eventually(isNothingLeft);
    const good = await containerOf([{ name: 'data/0', plain: Buffer.from('after that') }], testKey(1));
    const again = await Promise.all(Array.from({ length: 4 }, () => service.client.upload([good])));
    expect(again.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  });

  it('is ended when its client goes away', async () => {
    const answers = await begin(3_600);
    for (const socket of sockets) socket.destroy();
    await Promise.allSettled(answers);
    await service.app.get(OperationsService).idle();
    await eventually(isNothingLeft);
  });

  it('does not keep the service from stopping', async () => {
    const answers = await begin(3_600);
    await service.stopService();
    expect(await pending()).toEqual([]);
    for (const answer of await Promise.allSettled(answers)) expect(JSON.stringify(answer)).not.toContain('HTTP/1.1 2');
  });
});
