import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { signToken } from '../../src/cli/tokens/sign-token';
import { TEST_SECRET } from '../support/test-environment';
import { withClient } from '../support/cluster';
import { containerOf, PLAIN, testKey } from '../support/containers';
import { eventually } from '../support/eventually';
import { killedService, type KilledService } from './killed-service';

describe('an import whose process is killed', () => {
  let service: KilledService;
  let file: Buffer;
  let token: string;
  beforeEach(async () => {
    service = await killedService();
    file = await containerOf([{ name: 'data/0', compression: PLAIN, plain: Buffer.alloc(3_000_000, 'x') }], testKey(1));
    const secret = new TextEncoder().encode(TEST_SECRET);
    token = await signToken({ name: 'root', roles: ['superadmin'], ttlSeconds: 3600 }, { secret }, new Date());
  });
  afterEach(() => service.remove());

  const stored = async (): Promise<string[]> => readdir(service.storagePath).catch(() => []);
  const rows = async (sql: string): Promise<unknown[]> =>
    withClient(service.control.url, async (db) => (await db.query(sql)).rows as unknown[]);

  /** Sends the first bytes of the file, or all of it, and waits for nothing. */
  const send = (url: string, length = file.length): Promise<unknown> => {
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n';
    const request = httpRequest(`${url}/api/backups/import`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'multipart/form-data; boundary=b',
        'Content-Length': head.length + file.length + 9,
      },
    });
    request.write(head);
    request.write(file.subarray(0, length));
    if (length === file.length) request.end('\r\n--b--\r\n');
    return once(request, 'response').catch(() => undefined);
  };

  const expectImportable = async (url: string): Promise<void> => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(file)]), 'x');
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/api/backups/import`, { method: 'POST', headers, body: form });
    expect(response.status).toBe(201);
  };

  const expectRecord = async (): Promise<void> =>
    eventually(
      async () =>
        (
          await rows(
            `SELECT FROM audit_records WHERE action = 'backups.import' AND result = 'requested' AND details ->> 'outcome' = 'unknown'`,
          )
        ).length === 1,
    );

  it('while the file arrives leaves nothing of it but the record', async () => {
    const { url } = await service.start();
    const sending = send(url, 2_000_000);
    await eventually(async () => (await stored()).some((name) => name.startsWith('.')));
    await service.kill();
    await sending;
    const again = await service.start();
    await eventually(async () => (await stored()).length === 0);
    expect(await rows('SELECT FROM backups')).toEqual([]);
    await expectRecord();
    await expectImportable(again.url);
  });

  it('before its row is there leaves no backup without a file, and the file for a rescan', async () => {
    const { url } = await service.start();
    await withClient(service.control.url, (db) =>
      db.query(`
        CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM set_config('application_name', 'at the gate', false);
          PERFORM pg_sleep(3600);
          RETURN new;
        END $$;
        CREATE TRIGGER gate BEFORE INSERT ON backups FOR EACH ROW EXECUTE FUNCTION wait_here()`),
    );
    const sending = send(url);
    const waiting = `FROM pg_stat_activity WHERE application_name = 'at the gate' AND datname = current_database()`;
    await eventually(async () => (await rows(`SELECT ${waiting}`)).length === 1);
    await service.kill();
    await sending;
    await rows(`SELECT pg_terminate_backend(pid) ${waiting}`);
    await rows('DROP TRIGGER gate ON backups; DROP FUNCTION wait_here');
    const again = await service.start();
    expect((await stored()).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await rows('SELECT FROM backups')).toEqual([]);
    expect(await stored()).toHaveLength(1);
    await expectRecord();
    await expectImportable(again.url);
  });
});
