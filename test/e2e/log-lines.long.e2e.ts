import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/cli/tokens/sign-token';
import { TEST_SECRET } from '../support/test-environment';
import { build } from '../support/built';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { JsonClient } from '../support/json-client';
import { runService } from '../support/run-service';

type Line = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

const WARN = 40;
const SECRET = { secret: new TextEncoder().encode(TEST_SECRET) };

/** The log of a service that was started, used, refused things, failed at some, and was stopped. */
describe('the log at info', () => {
  let lines: readonly Line[];
  let stale: string;
  let ids: { made: number; failed: number; imported: number; checked: number; restored: number };
  beforeAll(async () => {
    await build();
    const directory = await mkdtemp(join(tmpdir(), 'berkut-log-'));
    const databases: TestDatabase[] = [];
    for (const demo of [true, false]) databases.push(await testCluster().createDatabase(undefined, { demo }));
    const [target, control] = databases;
    const storage = join(directory, 'storage');
    const service = runService(
      {
        APP_ENV: 'prod',
        BERKUT_DB_URL: target?.url ?? '',
        BERKUT_BACKUP_CONTROL_DB_URL: control?.url ?? '',
        BERKUT_BACKUP_PATH: storage,
        BACKUP_ENCRYPTION_KEY: TEST_KEY,
        BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
        BERKUT_HTTP_PORT: '0',
        BERKUT_MANAGEMENT_PORT: '0',
      },
      directory,
    );
    try {
      const [, url = ''] = await service.printed(/"api":"([^"]+)"/);
      await service.printed(/a retention sweep has ended/);
      const now = new Date();
      const token = await signToken({ name: 'root', roles: ['superadmin'], ttlSeconds: 600 }, SECRET, now);
      const client = new JsonClient(url, token);
      const { id: made, filename = '' } = await client.backUp();
      await writeFile(join(directory, 'copy.bscc'), await readFile(join(storage, filename)));
      const checked = (await client.restore(made, {}, 'restore/dry-run')).id;
      const restored = (await client.restore(made)).id;
      await client.delete(`/backups/${made}`);
      const received = await client.upload([await readFile(join(directory, 'copy.bscc'))]);
      const imported = ((await received.json()) as { item: { id: number } }).item.id;
      await withClient(testCluster().adminUrl, (db) =>
        db.query(`ALTER DATABASE "${target?.name ?? ''}" RENAME TO "${target?.name ?? ''}_away"`),
      );
      const failed = (await client.backUp()).id;
      await withClient(testCluster().adminUrl, (db) =>
        db.query(`ALTER DATABASE "${target?.name ?? ''}_away" RENAME TO "${target?.name ?? ''}"`),
      );
      await client.rescan();
      await client.get('/backups/4711');
      await client.post('/backups', { unknown: true });
      await client.withoutToken().get('/backups');
      const then = new Date(now.getTime() - 7_200_000);
      stale = await signToken({ name: 'root', roles: ['superadmin'], ttlSeconds: 60 }, SECRET, then);
      await new JsonClient(url, stale).get('/backups');
      await withClient(control?.url ?? '', (db) => db.query('ALTER TABLE plan RENAME TO plan_away'));
      await client.get('/backups/plan');
      ids = { made, failed, imported, checked, restored };
    } finally {
      service.child.kill('SIGTERM');
      await service.ended;
      for (const database of databases) await database.drop();
      await rm(directory, { recursive: true });
    }
    lines = service
      .output()
      .stdout.split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  });

  /** The only line that says so. */
  const lineOf = (msg: string, has: Readonly<Record<string, unknown>> = {}): Line | undefined => {
    const found = lines.filter(
      (line) => line.msg === msg && Object.entries(has).every(([name, value]) => line[name] === value),
    );
    expect([msg, has, found.length]).toEqual([msg, has, 1]);
    return found[0];
  };
  const NUMBER = expect.any(Number) as number;

  it('has one line for each backup, import, restore, removal, sweep and rescan, with id, duration and size', () => {
    const measured = { duration_ms: NUMBER, size_bytes: NUMBER };
    expect(lineOf('a backup was made')).toMatchObject({ backup_id: ids.made, ...measured });
    expect(lineOf('a backup was imported')).toMatchObject({ backup_id: ids.imported, is_new: true, ...measured });
    const done = 'a restore run has succeeded';
    expect(lineOf(done, { restore_id: ids.checked })).toMatchObject({ mode: 'verify', ...measured });
    expect(lineOf(done, { restore_id: ids.restored })).toMatchObject({
      mode: 'restore',
      strategy: 'swap',
      ...measured,
    });
    expect(lineOf('a backup was removed')).toMatchObject({ backup_id: ids.made, ...measured });
    expect(lineOf('a retention sweep has ended')).toMatchObject({ removed: 0, failures: 0, duration_ms: NUMBER });
    expect(lineOf('the rescan has ended')).toMatchObject({ adopted: 0, missing: 0, duration_ms: NUMBER });
    expect([lineOf('maintenance is on'), lineOf('maintenance is off')]).toMatchObject([
      { restore_id: ids.restored },
      { restore_id: ids.restored },
    ]);
  });

  it('has one line for the start and one for the end of the service', () => {
    expect(lineOf('the service has started')).toMatchObject({ version: '0.1.0', duration_ms: NUMBER });
    expect(lineOf('the service has stopped')).toMatchObject({ duration_ms: NUMBER });
  });

  it('has one line for what failed, which says why', () => {
    const line = lineOf('backup failed');
    expect(line).toMatchObject({ level: WARN, backup_id: ids.failed, duration_ms: NUMBER });
    expect(line?.['reason']).toMatchObject({ message: expect.stringContaining('does not exist') as string });
  });

  it('has one line for each request that was refused or failed', () => {
    expect(lineOf('request refused', { code: 'backups.not_found' })).toMatchObject({
      status: 404,
      method: 'GET',
      path: '/api/backups/4711',
      caller: 'root',
    });
    lineOf('request refused', { code: 'backups.invalid_request' });
    expect(lineOf('a request without a caller was refused')).toMatchObject({ code: 'auth.unauthorized' });
    expect(lineOf('request failed', { path: '/api/backups/plan' })).toMatchObject({ status: 500 });
    expect(lines.filter(({ msg }) => msg === 'request completed' || msg === 'request errored')).toEqual([]);
  });

  it('says which check a token failed, and never the token', () => {
    expect(lineOf('a token was refused')).toMatchObject({ level: WARN, check: 'exp', code: 'auth.unauthorized' });
    expect(JSON.stringify(lines)).not.toContain(stale.split('.')[1]);
  });

  it('has a stack only where something happened that no code is for', () => {
    const withStack = lines.filter((line) => JSON.stringify(line).includes('"stack"'));
    expect(withStack.map(({ msg, path }) => [msg, path])).toEqual([['request failed', '/api/backups/plan']]);
  });
});
