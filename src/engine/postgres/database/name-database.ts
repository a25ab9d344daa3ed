import pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import { RestoreError } from '../server/restore-error';
import { endSessions } from './fence';
import { propertiesOf } from './swap';

/** The names of a new database. */
export interface NewNames {
  /** It has its settings, grants, comment and connection limit. */
  readonly target: string;
  /** What it was loaded under. */
  readonly incoming: string;
  /** What it is to be called. */
  readonly database: string;
}

/** `duplicate_database`. */
const DUPLICATE = '42P04';
/** `unique_violation`, in the index of the names. */
const NOT_UNIQUE = { code: '23505', constraint: 'pg_database_datname_index' };

/**
 * Gives a loaded database its name, and opens it to those who may connect to the target. All of it is one transaction: before its
 * commit no database has the name, after it a whole one has.
 *
 * @param admin connected to the maintenance database
 * @param server the address of any database of the server
 * @throws RestoreError `database_exists` when another database has the name; the driver's error
 */
export async function nameDatabase(
  admin: pg.Client,
  names: NewNames,
  server: DatabaseAddress,
  signal: AbortSignal,
): Promise<void> {
  const statements = await propertiesOf(admin, names, server, signal);
  const [incoming, database] = [names.incoming, names.database].map((name) => pg.escapeIdentifier(name));
  await admin.query(`ALTER DATABASE ${incoming} WITH ALLOW_CONNECTIONS false`);
  await endSessions(admin, names.incoming, signal);
  signal.throwIfAborted();
  await admin.query('BEGIN');
  try {
    for (const statement of statements) await admin.query(statement);
    await admin.query(`ALTER DATABASE ${incoming} RENAME TO ${database}`);
    await admin.query(`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS true`);
    await admin.query('COMMIT');
  } catch (error) {
    await admin.query('ROLLBACK').catch(() => undefined);
    if (!isTaken(error)) throw error;
    throw databaseExists(names.database, error);
  }
}

/** A database of this name is there, or another session has just made one. */
function isTaken(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  return error.code === DUPLICATE || (error.code === NOT_UNIQUE.code && error.constraint === NOT_UNIQUE.constraint);
}

/** What is thrown where a new database cannot have its name. */
export function databaseExists(database: string, cause?: unknown): RestoreError {
  return new RestoreError(
    'database_exists',
    `A database named ${database} exists already, and nothing is restored over one.`,
    { database },
    { cause },
  );
}
