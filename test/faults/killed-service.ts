import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/cli/tokens/sign-token';
import { TEST_SECRET } from '../support/app';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { JsonClient } from '../support/json-client';
import { runService, type ServiceProcess } from '../support/run-service';

/** A service as a process that a test kills and starts again, with databases that outlive it. */
export interface KilledService {
  readonly target: TestDatabase;
  readonly control: TestDatabase;
  readonly storagePath: string;
  /** Number of the process that runs. */
  readonly pid: number | undefined;
  /** @param environment in place of the one the service was made with */
  start(environment?: Readonly<Record<string, string>>): Promise<JsonClient>;
  /** Stops the process where it is: it hears and does nothing more. */
  freeze(): void;
  kill(): Promise<void>;
  /** Asks it to end by itself. */
  end(): Promise<void>;
  /** What the one that runs has printed so far. */
  output(): { stdout: string; stderr: string };
  remove(): Promise<void>;
}

/**
 * Makes the databases and the storage; no process runs yet.
 *
 * @param options.target in place of a database of its own on the shared server; dropped all the same
 */
export async function killedService(
  environment: Readonly<Record<string, string>> = {},
  options: { demo?: boolean; target?: TestDatabase } = {},
): Promise<KilledService> {
  const target = options.target ?? (await testCluster().createDatabase(undefined, { demo: options.demo ?? true }));
  const control = await testCluster().createDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'berkut-killed-'));
  const storagePath = join(directory, 'storage');
  let running: ServiceProcess | undefined;
  const token = await signToken(
    { name: 'root', roles: ['superadmin'], ttlSeconds: 36_000 },
    { secret: new TextEncoder().encode(TEST_SECRET) },
    new Date(),
  );
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    running?.child.kill(signal);
    await running?.ended;
    running = undefined;
  };
  return {
    target,
    control,
    storagePath,
    get pid() {
      return running?.child.pid;
    },
    async start(changed = environment) {
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
          ...changed,
        },
        directory,
      );
      const [, url = ''] = await running.printed(/API +(http:\S+)\/api\n/);
      return new JsonClient(url, token);
    },
    freeze: () => void running?.child.kill('SIGSTOP'),
    kill: () => end('SIGKILL'),
    end: () => end('SIGTERM'),
    output: () => running?.output() ?? { stdout: '', stderr: '' },
    async remove() {
      await end('SIGKILL');
      if (options.target === undefined) await dropDatabasesOf(target.name);
      else await target.drop();
      await control.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Drops the target and whatever runs have left beside it. */
export async function dropDatabasesOf(target: string): Promise<void> {
  await withClient(testCluster().adminUrl, async (db) => {
    const { rows } = await db.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [target],
    );
    for (const { datname } of rows) await db.query(`DROP DATABASE IF EXISTS "${datname}" WITH (FORCE)`);
  });
}
