import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/cli/sign-token';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { JsonClient } from '../support/json-client';
import { runService, type ServiceProcess } from '../support/run-service';
import { TEST_SECRET } from '../support/app';

/** A service as a process that a test kills and starts again, with databases that outlive it. */
export interface KilledService {
  readonly target: TestDatabase;
  readonly control: TestDatabase;
  readonly storagePath: string;
  start(): Promise<JsonClient>;
  kill(): Promise<void>;
  /** What the one that runs has printed so far. */
  output(): { stdout: string; stderr: string };
  /** What must be true whenever a service runs again after it was killed: nothing is left, and everything works. */
  expectWhole(client: JsonClient, states: { old: readonly string[]; new: readonly string[] }): Promise<'old' | 'new'>;
  remove(): Promise<void>;
}

export async function killedService(environment: Readonly<Record<string, string>> = {}): Promise<KilledService> {
  const target = await testCluster().createDatabase(undefined, { demo: true });
  const control = await testCluster().createDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'berkut-killed-'));
  const storagePath = join(directory, 'storage');
  let running: ServiceProcess | undefined;
  const token = await signToken(
    { name: 'root', roles: ['superadmin'], ttlSeconds: 36_000 },
    { secret: new TextEncoder().encode(TEST_SECRET) },
    new Date(),
  );
  const kill = async (): Promise<void> => {
    running?.child.kill('SIGKILL');
    await running?.ended;
    running = undefined;
  };
  return {
    target,
    control,
    storagePath,
    async start() {
      running = runService(
        {
          APP_ENV: 'test',
          BERKUT_DB_URL: target.url,
          BERKUT_BACKUP_CONTROL_DB_URL: control.url,
          BERKUT_BACKUP_PATH: storagePath,
          BACKUP_ENCRYPTION_KEY: TEST_KEY,
          BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
          BERKUT_HTTP_PORT: '0',
          BERKUT_MANAGEMENT_PORT: '0',
          BERKUT_HTTP_REQUESTS_PER_MINUTE: '1000000',
          BERKUT_SCHEDULER_ENABLED: 'false',
          LOG_LEVEL: 'silent',
          ...environment,
        },
        directory,
      );
      const [, url = ''] = await running.printed(/API +(http:\S+)\/api\n/);
      return new JsonClient(url, token);
    },
    kill,
    output: () => running?.output() ?? { stdout: '', stderr: '' },
    async expectWhole(client, states) {
      // The server may take a moment to notice that a session has died; until then recovery looks again and again.
      await eventually(async () => {
        const open = await withClient(control.url, (db) =>
          db.query(
            `SELECT FROM maintenance WHERE restore_id IS NULL
                AND NOT EXISTS (SELECT FROM restore_runs WHERE status IN ('queued', 'running'))`,
          ),
        );
        return open.rowCount === 1;
      });
      const dump = await dumpOf(target.url);
      const state = dump.join('\n') === states.old.join('\n') ? 'old' : 'new';
      if (state === 'new') expect(dump).toEqual(states.new);
      const { rows } = await withClient(control.url, (db) =>
        db.query<{ datname: string }>(
          `SELECT datname FROM pg_database WHERE datname LIKE $1 AND datname !~ '_before_' AND datname <> $2`,
          [`${target.name}%`, target.name],
        ),
      );
      expect(rows).toEqual([]);
      expect((await readdir(storagePath)).filter((name) => name.startsWith('.'))).toEqual([]);
      expect((await client.get('/backups')).status).toBe(200);
      return state;
    },
    async remove() {
      await kill();
      await withClient(testCluster().adminUrl, async (db) => {
        const { rows } = await db.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname LIKE $1', [
          `${target.name}%`,
        ]);
        for (const { datname } of rows) await db.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
      });
      await control.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
