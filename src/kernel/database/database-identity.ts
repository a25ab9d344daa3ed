import type pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../engine/address/database-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { NO_SUCH_DATABASE } from '../../engine/postgres/server/connection-error';

/** The first migration: where it has run, the database is a control database. */
const FIRST_MIGRATION = 'Backups1764000000001';

/** Where control database and target are. */
export interface Databases {
  readonly control: DatabaseAddress;
  readonly target: DatabaseAddress;
  readonly maintenanceDatabase: string;
}

/**
 * Asks both servers whether control database and target are one. Names do not tell: a host has several, a socket and a
 * proxy are others, and a proxy may call the database as it likes.
 *
 * @returns `unknown` when the target's server does not answer
 * @throws the driver's error when the control database cannot be asked, unless it does not exist
 */
export async function compareControlWithTarget(databases: Databases): Promise<'same' | 'different' | 'unknown'> {
  const control = await withConnection(databases.control, (client) => identityOf(client)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === NO_SUCH_DATABASE) return undefined;
    throw error;
  });
  if (control === undefined) return 'different';
  const target = await targetIdentity(databases.target, databases.maintenanceDatabase);
  if (target === undefined) return 'unknown';
  return target === control ? 'same' : 'different';
}

/** Whether a database holds tables, and none of ours: migrations would run in a database of another program. */
export async function belongsToAnother(control: DatabaseAddress): Promise<boolean> {
  return withConnection(control, async (client) => {
    const found = await client.query<{ tables: string; migrations: string | null }>(
      `SELECT (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') AS tables,
              pg_catalog.to_regclass('migrations')::text AS migrations`,
    );
    const [row] = found.rows;
    if (row === undefined || row.tables === '0') return false;
    if (row.migrations === null) return true;
    const ours = await client.query('SELECT FROM migrations WHERE name = $1', [FIRST_MIGRATION]).catch(() => undefined);
    return ours?.rowCount !== 1;
  });
}

/** A target that accepts no connections, as during a restore, is looked up by its name in the maintenance database. */
async function targetIdentity(target: DatabaseAddress, maintenanceDatabase: string): Promise<string | undefined> {
  return withConnection(target, (client) => identityOf(client)).catch(() =>
    withConnection(withDatabase(target, maintenanceDatabase), (client) => identityOf(client, target.database)).catch(
      () => undefined,
    ),
  );
}

/**
 * The server by the moment of its start, which every role may ask for, and the database by its number. Not by the server's
 * system identifier: copies of a server share it. Not by the text of that moment: sessions have time zones.
 */
async function identityOf(client: pg.Client, name?: string): Promise<string | undefined> {
  const { rows } = await client.query<{ identity: string }>(
    `SELECT extract(epoch FROM pg_catalog.pg_postmaster_start_time()) || ' ' || oid AS identity
       FROM pg_catalog.pg_database WHERE datname = coalesce($1, pg_catalog.current_database())`,
    [name ?? null],
  );
  return rows[0]?.identity;
}
