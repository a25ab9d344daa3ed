import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itLong } from '../support/form';
import { JsonClient } from '../support/json-client';
import { testCluster, type TestDatabase, throwawayCluster, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { eventually } from '../support/eventually';
import { runService, type ServiceProcess } from '../support/run-service';
import { TEST_SECRET } from '../support/test-environment';
import { tcpProxy } from '../support/tcp-proxy';
import { runTool } from '../../src/engine/process/run-tool';

const ANY_PORT = { BERKUT_HTTP_PORT: '0', BERKUT_MANAGEMENT_PORT: '0', LOG_LEVEL: 'warn' };
const LISTENING = /API +(http:\S+)\/api\n/;

describe('the service as a process', () => {
  let directory: string;
  const running: ServiceProcess[] = [];
  const databases: TestDatabase[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-start-'));
    await chmod(directory, 0o755);
  });
  afterEach(async () => {
    for (const service of running.splice(0)) {
      // Told to end, not killed: it takes its server along before it ends.
      service.child.kill('SIGTERM');
      await service.ended;
    }
    for (const database of databases.splice(0)) await database.drop();
    await rm(directory, { recursive: true, force: true });
  });
  const start = (environment: Record<string, string> = {}): ServiceProcess => {
    const service = runService({ ...ANY_PORT, ...environment }, directory);
    running.push(service);
    return service;
  };
  const database = async (): Promise<TestDatabase> => {
    const created = await testCluster().createDatabase();
    databases.push(created);
    return created;
  };
  const production = async (): Promise<Record<string, string>> => ({
    APP_ENV: 'prod',
    BERKUT_DB_URL: (await database()).url,
    BERKUT_BACKUP_CONTROL_DB_URL: (await database()).url,
    BACKUP_ENCRYPTION_KEY: TEST_KEY,
    BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
  });

  it('runs with nothing configured: prints where, and a token that works, and stops at Ctrl-C', async () => {
    const service = start();
    const [, url = ''] = await service.printed(LISTENING);
    const [token = ''] = await service.printed(/eyJ\S+/);
    const client = new JsonClient(url, token);
    const backup = await client.backUp();
    expect(backup).toMatchObject({ status: 'success', meta_json: { entity_counts: { 'incidents.incidents': 500 } } });
    const [, health = ''] = await service.printed(/Health +(\S+)/);
    expect((await fetch(health)).status).toBe(200);
    service.child.kill('SIGINT');
    expect(await service.ended).toBe(0);
    expect(service.output().stderr).toBe('');
  });

  itLong('survives SIGKILL: the next start finds its data and its server in order', async () => {
    const first = start();
    const [, url = ''] = await first.printed(LISTENING);
    const [token = ''] = await first.printed(/eyJ\S+/);
    const made = await new JsonClient(url, token).backUp();
    first.child.kill('SIGKILL');
    await first.ended;
    const second = start();
    const [, again = ''] = await second.printed(LISTENING);
    // The token's secret was kept, too.
    const client = new JsonClient(again, token);
    expect((await client.get('/backups')).body.items.map(({ id }) => id)).toEqual([made.id]);
    expect((await client.restore(made.id)).status).toBe('success');
    // A terminal that is closed.
    second.child.kill('SIGHUP');
    expect(await second.ended).toBe(0);
  });

  it('ends when it is told to while it starts, and is not heard of again', async () => {
    const environment = await production();
    const control = environment['BERKUT_BACKUP_CONTROL_DB_URL'] ?? '';
    await withClient(control, async (db) => {
      const migrating = createHash('sha256').update('berkut-scc-backups/migrations').digest().readInt32BE(0);
      await db.query('SELECT pg_advisory_lock($1)', [migrating]);
      const service = start(environment);
      await eventually(
        async () =>
          (
            await db.query(
              `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
            )
          ).rowCount === 1,
      );
      service.child.kill('SIGTERM');
      await db.query('SELECT pg_advisory_unlock($1)', [migrating]);
      expect(await service.ended).toBe(0);
      // What it warns of is looked for while it starts.
      const { stdout, stderr } = service.output();
      const lines = stdout.split('\n').filter((line) => line !== '' && !line.includes('"context":"SuperuserWarning"'));
      expect({ lines, stderr }).toEqual({ lines: [], stderr: '' });
    });
  });

  it('prints no token and starts no server outside of development, and names what is missing', async () => {
    const service = start({ APP_ENV: 'prod' });
    expect(await service.ended).toBe(78);
    expect(service.output()).toEqual({
      stdout: '',
      stderr:
        'berkut-scc-backups: BERKUT_DB_URL is required; BERKUT_BACKUP_CONTROL_DB_URL is required; ' +
        'BACKUP_ENCRYPTION_KEY is required; BERKUT_AUTH_JWKS_URL or BERKUT_AUTH_JWT_SECRET is required\n',
    });
    const complete = start(await production());
    await complete.printed(LISTENING);
    expect(complete.output().stdout).not.toContain('eyJ');
  });

  it.each([
    ['short', 'too-short-a-key'],
    ['ambiguous', 'abcdefghijklmnopqrstuvwxyz012345'],
  ])('does not start with a %s key, says why, and does not repeat it', async (_, key) => {
    const service = start({ ...(await production()), BACKUP_ENCRYPTION_KEY: key });
    expect(await service.ended).toBe(78);
    expect(service.output().stderr).toMatch(/^berkut-scc-backups: BACKUP_ENCRYPTION_KEY is no key: /);
    expect(service.output().stderr).not.toContain(key);
  });

  it('does not start with the target as control database', async () => {
    const environment = await production();
    const service = start({ ...environment, BERKUT_BACKUP_CONTROL_DB_URL: environment['BERKUT_DB_URL'] ?? '' });
    expect(await service.ended).toBe(78);
    expect(service.output().stderr).toContain('is the target database');
  });

  itLong(
    'does not start with the target as control database under another name, and has made nothing in it',
    async () => {
      const cluster = await throwawayCluster();
      const proxy = await tcpProxy(cluster.adminUrl);
      try {
        await withClient(cluster.adminUrl, async (admin) => {
          await admin.query('CREATE DATABASE scc TEMPLATE template0');
          await admin.query(`CREATE ROLE elsewhere SUPERUSER LOGIN PASSWORD 'elsewhere'`);
          await admin.query(`ALTER ROLE elsewhere SET timezone TO 'Asia/Tokyo'`);
        });
        await withClient(cluster.url('scc'), (client) => client.query('CREATE TABLE migrations (name text)'));
        const bySocket = new URL(cluster.url('scc'));
        bySocket.searchParams.set('host', cluster.socketDirectory ?? '');
        const byProxy = new URL(proxy.url);
        Object.assign(byProxy, { pathname: '/scc', username: 'elsewhere', password: 'elsewhere' });
        const unreachable = 'postgres://scc@127.0.0.1:1/scc';
        for (const [target, control, reason] of [
          [cluster.url('scc'), bySocket.href, /leads to the target database/],
          [cluster.url('scc'), byProxy.href, /leads to the target database/],
          [unreachable, cluster.url('scc'), /has tables of another program/],
        ] as const) {
          const service = start({
            ...(await production()),
            BERKUT_DB_URL: target,
            BERKUT_BACKUP_CONTROL_DB_URL: control,
          });
          expect(await service.ended).toBe(1);
          expect(service.output().stderr).toMatch(reason);
        }
        const { rows } = await withClient(cluster.url('scc'), (client) =>
          client.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`),
        );
        expect(rows).toEqual([{ relname: 'migrations' }]);
      } finally {
        await proxy.become('closed');
        await cluster.stop();
      }
    },
  );

  it('does not start without its control database, and says so without its password', async () => {
    const service = start({
      ...(await production()),
      BERKUT_BACKUP_CONTROL_DB_URL: 'postgres://scc:hunter2@127.0.0.1:1/control',
    });
    expect(await service.ended).toBe(1);
    expect(service.output().stderr).toMatch(
      /the control database cannot be used: the database "control" on 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/,
    );
    expect(service.output().stderr).not.toContain('hunter2');
  });

  it('writes no secret to its log', async () => {
    const environment = await production();
    const service = start({ ...environment, LOG_LEVEL: 'trace' });
    const [, url = ''] = await service.printed(LISTENING);
    await new JsonClient(url, 'eyJhbGciOiJIUzI1NiJ9.secret.token').get('/backups?token=hunter2');
    service.child.kill('SIGTERM');
    await service.ended;
    const { stdout, stderr } = service.output();
    const password = new URL(environment['BERKUT_DB_URL'] ?? '').password;
    for (const secret of [password, TEST_KEY, TEST_SECRET, 'hunter2', 'secret.token'])
      expect(stdout + stderr).not.toContain(secret);
  });

  it('takes the walk of the README', async () => {
    const readme = await readFile(join(__dirname, '../../README.md'), 'utf8');
    const walk = [...readme.matchAll(/```bash\n(# walk\n[\s\S]*?)```/g)].map(([, script]) => script ?? '').join('\n');
    expect(walk).toContain('bscc');
    // A scheduled restore test between two commands would take a number, and the turn of the dry run.
    const service = start({ BERKUT_BACKUP_RESTORE_TEST_AUTO_ENABLED: 'false' });
    const [, url = ''] = await service.printed(LISTENING);
    // `npm run` as in a checkout, but in this directory.
    const node = `exec '${process.execPath}'`;
    const npm = `shift 2; name=$1; shift 2
case $name in
psql) ${node} '${join(__dirname, '../../scripts/psql.mjs')}' "$@" ;;
*) ${node} '${join(__dirname, '../../dist/src/cli')}'/"$name.js" "$@" ;;
esac`;
    await writeFile(join(directory, 'npm'), `#!/bin/sh\n${npm}\n`, { mode: 0o755 });
    const script = walk.replace(/^API=.*$/m, `API=${url}`);
    const output = await runTool({
      command: '/bin/bash',
      args: ['-eu', '-c', `cd ${directory}\n${script}`],
      env: { PATH: `${directory}:${process.env['PATH'] ?? ''}` },
    });
    expect(output).toMatch(/^backup 1: success, /m);
    expect(output).toMatch(/^restore run 2: success$/m);
    expect(output).toMatch(/^restore run 3: success$/m);
    expect(output).toMatch(/^whole: .*\(\d+ bytes\)/m);
    expect(output).toContain('restored into scc_new');
    expect(output).toMatch(/^ +500$/m);
  });
});
