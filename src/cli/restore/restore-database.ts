import pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { NO_SUCH_DATABASE, serverErrorOf } from '../../engine/postgres/server/connection-error';
import type { DatabaseStatements } from '../../engine/postgres/archive/database-entries';
import { settingsIn } from '../../engine/postgres/load/database-settings';
import { CAPTURED, namesIn } from '../../engine/postgres/server/identifiers';
import { dropDatabase } from '../../engine/postgres/database/drop-database';
import { UsageError } from '../terminal/exit-code';

/** The database that a backup goes into. */
export interface RestoreTarget {
  /** Whether it was not there before. */
  readonly isMade: boolean;
  readonly serverVersionNum: number;
  /** What is not as in the backup, in words. */
  readonly notes: readonly string[];
}

/** How a missing database is made. */
interface Making {
  /** Options of CREATE DATABASE that the backup asks for, when it does; called only when they are needed. */
  readonly createOptions: (serverVersionNum: number) => Promise<string | undefined>;
  readonly encoding: string;
  readonly signal: AbortSignal;
}

/**
 * Finds the database empty, or makes it by way of the maintenance database, as the backup says it was.
 *
 * @throws UsageError when there is something in it; the driver's error
 */
export async function openTarget(
  address: DatabaseAddress,
  maintenanceDatabase: string,
  making: Making,
): Promise<RestoreTarget> {
  const found = await withConnection(address, async (client) => {
    await refuseWhenFilled(client);
    return versionOf(client);
  }).catch((error: unknown) => {
    if (serverErrorOf(error)?.code === NO_SUCH_DATABASE) return undefined;
    throw error;
  });
  if (found !== undefined) return { isMade: false, serverVersionNum: found, notes: [] };
  return withConnection(withDatabase(address, maintenanceDatabase), async (admin) => {
    const serverVersionNum = await versionOf(admin);
    const wanted = await making.createOptions(serverVersionNum);
    making.signal.throwIfAborted();
    const notes = await create(admin, address.database, wanted, making.encoding);
    return { isMade: true, serverVersionNum, notes };
  });
}

/** Drops the database again if we have made it: what is half there would be in the way of the next try. */
export async function dropMade(
  address: DatabaseAddress,
  maintenanceDatabase: string,
  { isMade }: RestoreTarget,
): Promise<void> {
  if (!isMade) return;
  const maintenance = withDatabase(address, maintenanceDatabase);
  await withConnection(maintenance, (admin) => dropDatabase(maintenance, admin, address.database));
}

/**
 * Gives a database that we have made the settings of the backup's, before anything is loaded: they decide what rows mean.
 *
 * @returns what could not be applied, in words
 */
export async function applyDatabaseSettings(
  address: DatabaseAddress,
  statements: DatabaseStatements,
  missingRoles: readonly string[],
): Promise<string[]> {
  const { settings } = settingsIn(statements);
  const wanted = settings.filter(({ role }) => role === undefined || !missingRoles.includes(role));
  return applyAll(
    address,
    wanted.map(({ name, sql }) => [`setting ${name}`, sql]),
  );
}

/**
 * Gives it, when it has been loaded, the comment, the grants and the limits of the backup's.
 *
 * @returns what could not be applied, in words
 */
export async function applyDatabaseStatements(
  address: DatabaseAddress,
  statements: DatabaseStatements,
  options: { missingRoles: readonly string[]; grants: boolean },
): Promise<string[]> {
  const { comment, grants } = statements;
  return applyAll(address, [
    ...settingsIn(statements).others.map((sql) => ['properties', sql] as const),
    ['comment', comment],
    ['grants', options.grants ? withoutRoles(grants, options.missingRoles) : ''],
  ]);
}

async function applyAll(
  address: DatabaseAddress,
  parts: readonly (readonly [what: string, sql: string])[],
): Promise<string[]> {
  const notes: string[] = [];
  for (const [what, sql] of parts) {
    if (sql.trim() === '') continue;
    await withConnection(address, (client) => client.query(sql)).catch((error: unknown) => {
      const said = serverErrorOf(error);
      if (said === undefined) throw error;
      notes.push(`the ${what} of the database could not be applied: ${said.message}`);
    });
  }
  return notes;
}

/** The locale of the backup may be one that this server does not have: its own is next best, and C fits every encoding. */
async function create(
  admin: pg.Client,
  database: string,
  wanted: string | undefined,
  encoding: string,
): Promise<string[]> {
  const name = pg.escapeIdentifier(database);
  const plain = `ENCODING ${pg.escapeLiteral(encoding)}`;
  const attempts: readonly { readonly options: string; readonly notes: string[] }[] = [
    ...(wanted === undefined ? [] : [{ options: wanted, notes: [] }]),
    {
      options: plain,
      notes: [`the server does not have the locale of the backup (${wanted ?? 'unknown'}): its own was taken`],
    },
    {
      options: `${plain} LC_COLLATE 'C' LC_CTYPE 'C'`,
      notes: [`no locale of the server fits the encoding ${encoding}: C was taken`],
    },
  ];
  let lastError: unknown;
  for (const { options, notes } of attempts) {
    try {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
      return notes;
    } catch (error) {
      if (!isAboutOptions(error)) throw error;
      lastError = error;
    }
  }
  throw lastError;
}

/** Wrong or unknown options, in the many ways in which the server says so: not a right, a name, a connection, a full disk. */
function isAboutOptions(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ['22023', '42601', '42809', '0A000', '42704'].includes(error.code ?? '');
}

/** Statements about roles that are not there would fail, and with them those before and after. */
function withoutRoles(sql: string, missing: readonly string[]): string {
  const about = new RegExp(`^(?:GRANT|REVOKE) .* (?:TO|FROM) ${CAPTURED}(?: WITH GRANT OPTION)?;$`);
  return sql
    .split('\n')
    .filter((line) => {
      const match = about.exec(line);
      const [role] = namesIn(match?.[1] ?? '');
      return role === undefined || !missing.includes(role);
    })
    .join('\n');
}

async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  return rows[0]?.version ?? 0;
}

async function refuseWhenFilled(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ relations: string }>(
    `SELECT count(*) AS relations FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')`,
  );
  if (rows[0]?.relations !== '0') {
    throw new UsageError('the database is not empty: name one that is not there, and it will be made');
  }
}
