import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import type { JsonClient } from '../support/json-client';
import { Replica } from '../support/replica';

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
  const places = {
    BERKUT_DB_URL: target.url,
    BERKUT_BACKUP_CONTROL_DB_URL: control.url,
    BERKUT_BACKUP_PATH: storagePath,
  };
  const replica = await Replica.make({ ...places, ...environment });
  return {
    target,
    control,
    storagePath,
    get pid() {
      return replica.pid;
    },
    start: (changed = environment) => replica.start({ ...places, ...changed }),
    freeze: () => replica.freeze(),
    kill: () => replica.kill(),
    end: () => replica.end(),
    output: () => replica.output(),
    async remove() {
      await replica.remove();
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
