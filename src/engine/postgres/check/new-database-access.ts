import type pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../address/database-address';
import { type Finding, problem, warning } from '../../findings/finding';
import { withConnection } from '../server/connection';
import { NO_SUCH_DATABASE, serverErrorOf } from '../server/connection-error';

/** No line of pg_hba.conf, or one that refuses, or that wants something else of us. */
const NOT_LET_IN = /^28/;

/**
 * Finds out whether the server would let us into a database that is yet to be made: lines of pg_hba.conf may name the target
 * alone. It looks at them before it looks for the database, so that one which is not there tells.
 *
 * @param name of a database as a restore makes one, which is not there
 */
export async function newDatabaseProblems(address: DatabaseAddress, name: string): Promise<Finding[]> {
  try {
    await withConnection(withDatabase(address, name), () => Promise.resolve());
  } catch (error) {
    const code = serverErrorOf(error)?.code ?? '';
    if (code !== NO_SUCH_DATABASE && NOT_LET_IN.test(code)) {
      return [problem('access.new_database', { database: name, target: address.database })];
    }
  }
  return [];
}

/**
 * Finds out whether the server keeps us out of the maintenance database: a line of pg_hba.conf may name the target alone.
 *
 * @returns nothing when the server cannot be reached either: that is no matter of the database
 */
export async function maintenanceProblems(maintenance: DatabaseAddress, target: DatabaseAddress): Promise<Finding[]> {
  const refusal = await refusalOf(maintenance);
  if (refusal === undefined || !NOT_LET_IN.test(refusal) || (await refusalOf(target)) !== undefined) return [];
  return [problem('access.maintenance_database', { database: maintenance.database })];
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
export async function connectionWarnings(admin: pg.Client, jobs: number, target: string): Promise<Finding[]> {
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
    .map(({ limit, of_role: isOfRole }) =>
      warning(isOfRole ? 'connections.role_limit' : 'connections.target_limit', {
        limit,
        needed,
        jobs: jobs === 1 ? '1 job' : `${jobs} jobs`,
      }),
    );
}

/** One to the maintenance database, one that holds the locks, one that looks at the progress, one that ends sessions. */
const BESIDE_LOADING = 4;
