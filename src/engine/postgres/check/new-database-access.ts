import pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../address/database-address';
import { withConnection } from '../server/connection';

/** What a server that lets us into a database says of one that it does not have. */
const NO_SUCH_DATABASE = '3D000';
/** No line of pg_hba.conf, or one that refuses, or that wants something else of us. */
const NOT_LET_IN = /^28/;

/**
 * Finds out whether the server would let us into a database that is yet to be made: lines of pg_hba.conf may name the target
 * alone. It looks at them before it looks for the database, so that one which is not there tells.
 *
 * @param name of a database as a restore makes one, which is not there
 */
export async function newDatabaseProblems(address: DatabaseAddress, name: string): Promise<string[]> {
  try {
    await withConnection(withDatabase(address, name), () => Promise.resolve());
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
    if (code !== NO_SUCH_DATABASE && NOT_LET_IN.test(code)) {
      return [
        `the server lets the role into the target and not into a new database such as ${name}: pg_hba.conf needs a line for all databases`,
      ];
    }
  }
  return [];
}

/**
 * Finds a limit of connections that a load could run into.
 *
 * @param jobs connections that load at once
 */
export async function connectionWarnings(admin: pg.Client, jobs: number): Promise<string[]> {
  const { rows } = await admin.query<{ limit: number }>(
    `SELECT rolconnlimit AS "limit" FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolconnlimit >= 0 AND NOT rolsuper`,
  );
  const needed = jobs + BESIDE_LOADING;
  return rows
    .filter(({ limit }) => limit < needed)
    .map(
      ({ limit }) =>
        `the role may have ${limit} connections at once (CONNECTION LIMIT), and a restore with ${jobs} jobs takes up to ${needed}`,
    );
}

/** One to the maintenance database, one that holds the locks, one that looks at the progress, one that ends sessions. */
const BESIDE_LOADING = 4;
