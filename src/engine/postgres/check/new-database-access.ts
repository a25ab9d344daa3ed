import type pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../address/database-address';
import { withConnection } from '../server/connection';
import { serverErrorOf } from '../server/connection-error';

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
    const code = serverErrorOf(error)?.code ?? '';
    if (code !== NO_SUCH_DATABASE && NOT_LET_IN.test(code)) {
      return [
        `the server lets the role into the target and not into a new database such as ${name}: pg_hba.conf needs a line for all databases`,
      ];
    }
  }
  return [];
}

/**
 * Finds out whether the server keeps us out of the maintenance database: a line of pg_hba.conf may name the target alone.
 *
 * @returns nothing when the server cannot be reached either: that is no matter of the database
 */
export async function maintenanceProblems(maintenance: DatabaseAddress, target: DatabaseAddress): Promise<string[]> {
  const refusal = await refusalOf(maintenance);
  if (refusal === undefined || !NOT_LET_IN.test(refusal) || (await refusalOf(target)) !== undefined) return [];
  return [
    `the server lets the role into the target and not into the maintenance database ${maintenance.database}: pg_hba.conf needs a line for it, or BERKUT_BACKUP_MAINTENANCE_DB must name one that the role is let into`,
  ];
}

/** @returns what the server says, `none` when it says nothing, `undefined` when it lets us in */
function refusalOf(address: DatabaseAddress): Promise<string | undefined> {
  return withConnection(address, () => Promise.resolve(undefined)).catch(
    (error: unknown) => serverErrorOf(error)?.code ?? 'none',
  );
}

/**
 * Finds limits of connections that a restore could run into: those of the role, and that of the target, whose settings a new database gets.
 *
 * @param target name of the target
 * @param jobs connections that load at once
 */
export async function connectionWarnings(admin: pg.Client, jobs: number, target: string): Promise<string[]> {
  const { rows } = await admin.query<{ limit: number; of_role: boolean }>(
    `SELECT rolconnlimit AS "limit", true AS of_role FROM pg_catalog.pg_roles
      WHERE rolname = current_user AND rolconnlimit >= 0 AND NOT rolsuper
     UNION ALL
     SELECT d.datconnlimit, false FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.rolname = current_user
      WHERE d.datname = $1 AND d.datconnlimit >= 0 AND NOT r.rolsuper`,
    [target],
  );
  const needed = jobs + BESIDE_LOADING;
  return rows
    .filter(({ limit }) => limit < needed)
    .map(
      ({ limit, of_role: isOfRole }) =>
        `the ${isOfRole ? 'role' : 'target'} may have ${limit} connections at once (CONNECTION LIMIT), and a restore with ${jobs} ${jobs === 1 ? 'job' : 'jobs'} takes up to ${needed}`,
    );
}

/** One to the maintenance database, one that holds the locks, one that looks at the progress, one that ends sessions. */
const BESIDE_LOADING = 4;
