import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../src/embedded/cluster';
import { SUPERUSER } from '../../src/embedded/place';
import { loadDemo } from '../../src/embedded/demo/load-demo';
import { SCC_SCOPES } from '../../src/kernel/config/scc-scopes';
import { startTestService, type TestService } from '../support/app';
import { type TestDatabase, withClient } from '../support/cluster';
import { runProgram } from './run-program';
import { makeRoles, programsOf, removeDatabases, renameSuperuser, startServer, withPatience } from './server';
import { isIn, type Shape } from './shape';

/** Name of the database that is backed up; all that belong to it begin so. */
export const TARGET = 'zoo';
/** Where `bscc restore` restores it to. */
export const ELSEWHERE = `${TARGET}_elsewhere`;
const CONTROL = 'catalogue';

/** Whom the service connects as: a superuser, or the small role of docs/install.md. */
export type Role = 'superuser' | 'small';

/** Servers of one version and the service on them. */
export interface Place {
  readonly version: number;
  readonly role: Role;
  readonly binDirectory: string;
  /** Major version of the client tools there, which is another one where there are none of the server's own. */
  readonly toolsVersion: number;
  readonly cluster: Cluster;
  /** Another server of the version, which has none of the roles. */
  readonly elsewhere: Cluster;
  readonly storagePath: string;
  readonly swapping: TestService;
  /** The same installation, restoring in place. */
  readonly inPlace: TestService;
  stop(): Promise<void>;
}

/** Starts everything that the shapes of one version and role share. */
export async function openPlace(
  version: number,
  role: Role,
  scopes: Readonly<Record<string, readonly string[]>>,
): Promise<Place> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const binDirectory = await programsOf(version);
    const directory = await mkdtemp(join(tmpdir(), 'berkut-zoo-'));
    undo.push(() => rm(directory, { recursive: true, force: true }));
    const [cluster, elsewhere] = await Promise.all([
      startServer(binDirectory, TARGET),
      startServer(binDirectory, ELSEWHERE),
    ]);
    undo.push(
      () => cluster.stop(),
      () => elsewhere.stop(),
    );
    await makeRoles(cluster);
    await renameSuperuser(elsewhere);
    await withClient(cluster.adminUrl, async (admin) => {
      await admin.query(`CREATE DATABASE ${CONTROL}`);
      await admin.query(`CREATE DATABASE ${TARGET} OWNER scc`);
    });
    const scopesFile = join(directory, 'scopes.json');
    await writeFile(scopesFile, JSON.stringify({ ...SCC_SCOPES, ...scopes }));
    const database = (name: string, url: string): TestDatabase => ({ name, url, drop: () => Promise.resolve() });
    const storagePath = join(directory, 'storage');
    const beside = {
      target: database(TARGET, role === 'superuser' ? cluster.url(TARGET) : cluster.url(TARGET, 'service', 'x')),
      control: database(CONTROL, cluster.url(CONTROL)),
      storagePath,
    };
    const start = async (strategy: 'swap' | 'in_place'): Promise<TestService> => {
      const service = await startTestService({
        beside,
        environment: {
          BERKUT_BACKUP_PGDUMP_BIN: join(binDirectory, 'pg_dump'),
          BERKUT_BACKUP_RESTORE_STRATEGY: strategy,
          BERKUT_BACKUP_SCOPES_FILE: scopesFile,
        },
      });
      undo.push(() => service.stop());
      return service;
    };
    const swapping = await start('swap');
    const inPlace = await start('in_place');
    const said = await runProgram(join(binDirectory, 'pg_dump'), ['--version']);
    const toolsVersion = Number.parseInt(said.stdout.replace(/^\D*/, ''), 10);
    return { version, role, binDirectory, toolsVersion, cluster, elsewhere, storagePath, swapping, inPlace, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Why a shape cannot be made on a server, in words; `undefined` when it can. */
export async function whatIsMissing(
  { cluster, version }: Pick<Place, 'cluster' | 'version'>,
  shape: Shape,
): Promise<string | undefined> {
  if (!isIn(shape.versions, version)) return `PostgreSQL ${shape.versions[0]} and newer`;
  return withClient(cluster.adminUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT name FROM pg_available_extensions');
    const available = new Set(rows.map(({ name }) => name));
    const missing = shape.extensions.find((name) => !available.has(name));
    if (missing !== undefined) return `extension ${missing}`;
    for (const setting of shape.settings) {
      const [name, value] = setting.split('=');
      const now = await client.query<{ value: string | null }>('SELECT current_setting($1, true) AS value', [name]);
      if (now.rows[0]?.value === value) continue;
      try {
        await client.query('SELECT set_config($1, $2, false)', [name, value]);
      } catch {
        return setting;
      }
    }
    return undefined;
  });
}

/**
 * Makes a database of a shape in place of what is there. Where a small role serves, all of it that an ordinary role can
 * own belongs to `scc`.
 */
export async function makeShape(
  place: Pick<Place, 'cluster' | 'role' | 'binDirectory'>,
  shape: Shape,
  name: string,
): Promise<void> {
  const { cluster, role, binDirectory } = place;
  await removeDatabases(cluster.url, name);
  const isSmall = role === 'small';
  await withClient(cluster.adminUrl, (admin) =>
    admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ${isSmall ? 'OWNER scc' : ''} ${shape.database}`),
  );
  const url = isSmall ? cluster.url(name, 'builder', 'x') : cluster.url(name);
  if (shape.isDemo) await withClient(url, loadDemo);
  const sql = shape.sql.replaceAll('current_database_name_here', name);
  const psql = await runProgram(
    join(binDirectory, 'psql'),
    ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', '-'],
    { PGCLIENTENCODING: 'UTF8' },
    Buffer.from(sql, 'utf8').toString('latin1'),
  );
  if (psql.code !== 0) throw new Error(`${shape.name}/shape.sql: ${psql.stderr}`);
  if (isSmall) await giveAway(cluster.url(name));
}

// What only a superuser may own stays a superuser's, or nothing would be given away: REASSIGN does all or nothing.
async function giveAway(url: string): Promise<void> {
  await withPatience(url, async (client) => {
    await client.query('SET default_transaction_read_only = off; SET session_replication_role = replica');
    await client.query(`
      DO $keep$ DECLARE sql text; BEGIN
        FOR sql IN
          SELECT format('ALTER EVENT TRIGGER %I OWNER TO ${SUPERUSER}', evtname) FROM pg_event_trigger
          UNION ALL SELECT format('ALTER FOREIGN DATA WRAPPER %I OWNER TO ${SUPERUSER}', fdwname) FROM pg_foreign_data_wrapper
          UNION ALL SELECT format('ALTER PUBLICATION %I OWNER TO ${SUPERUSER}', pubname) FROM pg_publication
          UNION ALL SELECT format('ALTER SUBSCRIPTION %I OWNER TO ${SUPERUSER}', subname) FROM pg_subscription s
                      JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()
        LOOP EXECUTE sql; END LOOP;
      END $keep$`);
    await client.query('REASSIGN OWNED BY builder TO scc');
  });
}
