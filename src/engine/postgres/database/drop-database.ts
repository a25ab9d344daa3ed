import pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../address/database-address';
import { withConnection } from '../server/connection';

interface Found {
  readonly oid: string;
  readonly is_template: boolean;
  readonly is_open: boolean;
  readonly subscriptions: readonly string[];
}

/** Its `CREATE DATABASE` of a dead process still runs: it is not there yet, and will be. */
class StillBeingMadeError extends Error {
  override readonly name = 'StillBeingMadeError';
}

/**
 * Removes a database and ends its sessions; no error when it is not there. What PostgreSQL lets stand in the way is taken
 * away first: the mark of a template, and subscriptions, which are cut off from their publisher and dropped.
 *
 * @param address of the server, of any database that admits us
 * @param admin connected to another database than the one to drop
 * @param oid of the database that is meant, when it is known: another one under its name stays
 * @throws the driver's error when the server refuses
 */
export async function dropDatabase(
  address: DatabaseAddress,
  admin: pg.Client,
  database: string,
  oid?: string,
): Promise<void> {
  const found = await find(admin, database);
  if (found === undefined) {
    if (oid === undefined) await refuseWhileItIsMade(admin, database);
    return;
  }
  if (oid !== undefined && found.oid !== oid) return;
  const name = pg.escapeIdentifier(database);
  if (found.is_template) await admin.query(`ALTER DATABASE ${name} WITH IS_TEMPLATE false`);
  if (found.subscriptions.length > 0) await dropSubscriptions(address, admin, database, found);
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/**
 * Drops the subscriptions of a database without a word to their publisher, where the slots may be in use by the target.
 */
async function dropSubscriptions(
  address: DatabaseAddress,
  admin: pg.Client,
  database: string,
  { is_open: isOpen, subscriptions }: Found,
): Promise<void> {
  const open = (isConnectable: boolean): Promise<unknown> =>
    admin.query(`ALTER DATABASE ${pg.escapeIdentifier(database)} WITH ALLOW_CONNECTIONS ${isConnectable}`);
  if (!isOpen) await open(true);
  try {
    await withConnection(withDatabase(address, database), async (inside) => {
      // All of them first: from now on no worker applies anything to a database that is about to go.
      for (const name of subscriptions) await inside.query(`ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} DISABLE`);
      for (const name of subscriptions) {
        await inside.query(`ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} SET (slot_name = NONE)`);
        await inside.query(`DROP SUBSCRIPTION ${pg.escapeIdentifier(name)}`);
      }
    });
  } finally {
    if (!isOpen) await open(false);
  }
}

async function find(admin: pg.Client, database: string): Promise<Found | undefined> {
  const { rows } = await admin.query<Found>(
    `SELECT oid::text, datistemplate AS is_template, datallowconn AS is_open,
            ARRAY(SELECT subname::text FROM pg_catalog.pg_subscription WHERE subdbid = d.oid ORDER BY 1) AS subscriptions
       FROM pg_catalog.pg_database d WHERE datname = $1`,
    [database],
  );
  return rows[0];
}

async function refuseWhileItIsMade(admin: pg.Client, database: string): Promise<void> {
  const { rowCount } = await admin.query(
    `SELECT FROM pg_catalog.pg_stat_activity
      WHERE state = 'active' AND pid <> pg_catalog.pg_backend_pid() AND pg_catalog.starts_with(query, $1)`,
    [`CREATE DATABASE ${pg.escapeIdentifier(database)} `],
  );
  if (rowCount !== 0) throw new StillBeingMadeError('the database is still being made');
}
