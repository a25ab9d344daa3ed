import pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import { withConnection } from '../server/connection';
import { sessionOf } from '../server/server-session';

const INSUFFICIENT_PRIVILEGE = '42501';

/** What is waited for longer than this is ended. */
const PATIENCE_MS = 500;

/**
 * Opens a database that was closed to connections; no error when it is open or not there. Nothing that others hold is waited
 * for: sessions that keep its entry in the catalogue locked are ended.
 *
 * @param address of the same server, for a second connection
 * @param admin connected to another database
 * @throws the driver's error
 */
export async function openDatabase(address: DatabaseAddress, admin: pg.Client, database: string): Promise<void> {
  const { rowCount } = await admin.query('SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND NOT datallowconn', [
    database,
  ]);
  if (rowCount === 0) return;
  const { pid } = await sessionOf(admin);
  const timer = setInterval(() => void endBlockers(address, pid).catch(() => undefined), PATIENCE_MS);
  try {
    await allowConnections(admin, database);
  } finally {
    clearInterval(timer);
  }
}

/** As ourselves; as the role that a setting puts in our place when it is that one which owns the database. */
async function allowConnections(admin: pg.Client, database: string): Promise<void> {
  const sql = `ALTER DATABASE ${pg.escapeIdentifier(database)} WITH ALLOW_CONNECTIONS true`;
  await admin.query('SET ROLE NONE');
  try {
    await admin.query(sql);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE)) throw error;
    await admin.query('RESET ROLE');
    await admin.query(sql);
  }
}

async function endBlockers(address: DatabaseAddress, pid: number): Promise<void> {
  await withConnection(address, async (other) => {
    const { rows } = await other.query<{ pid: number }>(
      'SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) AS pid',
      [pid],
    );
    for (const blocker of rows) {
      await other.query('SELECT pg_catalog.pg_terminate_backend($1)', [blocker.pid]).catch(() => undefined);
    }
  });
}
