import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { signToken } from '../../src/cli/tokens/sign-token';
import { TEST_SECRET } from '../support/test-environment';
import { withClient } from '../support/cluster';
import { containerOf, PLAIN, testKey } from '../support/containers';
import { eventually } from '../support/eventually';
import { TusClient } from '../support/tus-client';
import { killedService, type KilledService } from './killed-service';

describe('a resumable upload whose process is killed', () => {
  let service: KilledService;
  let file: Buffer;
  let token: string;
  beforeEach(async () => {
    service = await killedService();
    file = await containerOf([{ name: 'data/0', compression: PLAIN, plain: randomBytes(3_000_000) }], testKey(1));
    const secret = new TextEncoder().encode(TEST_SECRET);
    token = await signToken({ name: 'root', roles: ['superadmin'], ttlSeconds: 3600 }, { secret }, new Date());
  });
  afterEach(() => service.remove());

  const start = async (): Promise<TusClient> => new TusClient((await service.start()).url, token);
  const uploads = (): string => join(service.storagePath, '.uploads');
  const rows = async (sql: string): Promise<unknown[]> =>
    withClient(service.control.url, async (db) => (await db.query(sql)).rows as unknown[]);
  const hasArrived = async (sizeBytes: number): Promise<boolean> => {
    const part = (await readdir(uploads())).find((name) => name.endsWith('.part'));
    return part !== undefined && (await stat(join(uploads(), part))).size >= sizeBytes;
  };
  const begun = (bytes: Buffer): ReadableStream =>
    new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(bytes)) });

  it.each<[string, Record<string, string>, number]>([
    ['goes on where it was', {}, 1_000_000],
    ['goes on before the bytes that were not compared', { 'Upload-Checksum': 'sha256 AAAA' }, 0],
  ])('in the middle of a request %s', async (_, headers, least) => {
    const client = await start();
    const path = await client.begin(file.length);
    const sending = client.patch(path, 0, begun(file.subarray(0, 1_500_000)), headers).catch(() => undefined);
    await eventually(() => hasArrived(1_000_000));
    await service.kill();
    await sending;
    const again = await start();
    const offset = Number((await again.send('HEAD', path)).headers.get('upload-offset'));
    if (least === 0) expect(offset).toBe(0);
    else expect(offset).toBeGreaterThanOrEqual(least);
    const { status, headers: answer } = await again.patch(path, offset, file.subarray(offset));
    expect([status, answer.get('backup-id')]).toEqual([204, '1']);
  });

  it('between its last byte and the row of its backup becomes one backup, which HEAD tells', async () => {
    const client = await start();
    const path = await client.begin(file.length);
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
    const sending = client.patch(path, 0, file).catch(() => undefined);
    const waiting = `FROM pg_stat_activity WHERE application_name = 'at the gate' AND datname = current_database()`;
    await eventually(async () => (await rows(`SELECT ${waiting}`)).length === 1);
    await service.kill();
    await sending;
    await rows(`SELECT pg_terminate_backend(pid) ${waiting}`);
    await rows('DROP TRIGGER gate ON backups; DROP FUNCTION wait_here');
    const again = await start();
    const { status, headers } = await again.send('HEAD', path);
    expect([status, headers.get('upload-offset')]).toEqual([200, String(file.length)]);
    expect(await rows('SELECT id::text FROM backups')).toEqual([{ id: headers.get('backup-id') }]);
    expect((await readdir(uploads())).every((name) => name.endsWith('.json'))).toBe(true);
    const records = `SELECT FROM audit_records WHERE action = 'backups.import' AND result = 'requested'`;
    await eventually(async () => (await rows(records)).length === 1);
  });
});
