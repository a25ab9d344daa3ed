import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { Cluster } from '../../src/embedded/cluster';
import { SUPERUSER } from '../../src/embedded/place';
import { findServerBinaries } from '../../src/embedded/server-binaries';
import { throwawayCluster, withClient } from '../support/cluster';

/** Where `scripts/get-postgres.sh` puts the versions that are not installed. */
const FETCHED = join(__dirname, '../../.berkut/postgres');
const SETTINGS = {
  wal_level: 'logical',
  max_prepared_transactions: '10',
  max_connections: '120',
  autovacuum: 'off',
  shared_buffers: '64MB',
};

/**
 * Directory of the programs of a version: fetched, or installed.
 *
 * @throws Error that says how to get them
 */
export async function programsOf(version: number): Promise<string> {
  const fetched = join(FETCHED, `${version}`, 'bin');
  if (existsSync(join(fetched, 'postgres'))) return fetched;
  return findServerBinaries(version).catch(() => {
    throw new Error(`PostgreSQL ${version} is not there: bash scripts/get-postgres.sh ${version}`);
  });
}

/**
 * Starts a private server of a version.
 *
 * @param cronDatabase the one database in which pg_cron may be made, where it is installed
 */
export async function startServer(binDirectory: string, cronDatabase = 'postgres'): Promise<Cluster> {
  const hasCron = existsSync(join(binDirectory, '../lib/pg_cron.so'));
  const cron = { shared_preload_libraries: 'pg_cron', 'cron.database_name': cronDatabase };
  return throwawayCluster({ ...SETTINGS, ...(hasCron ? cron : {}) }, binDirectory);
}

/** The roles that shapes expect, the owner of small installations and its service's role (docs/install.md). */
export async function makeRoles(cluster: Cluster): Promise<void> {
  await withClient(cluster.adminUrl, (admin) =>
    admin.query(`
      CREATE ROLE scc; CREATE ROLE app2; CREATE ROLE reader1; CREATE ROLE outsider; CREATE ROLE hs_ro;
      CREATE ROLE builder LOGIN SUPERUSER PASSWORD 'x';
      CREATE ROLE service LOGIN CREATEDB CREATEROLE BYPASSRLS PASSWORD 'x' IN ROLE scc, pg_signal_backend;`),
  );
}

/** The superuser of a server that a restore goes to: not called as the one of the server it comes from. */
export const CHIEF = 'chief';

/** Gives the superuser of a server another name. */
export async function renameSuperuser(cluster: Cluster): Promise<void> {
  await withClient(cluster.adminUrl, (admin) => admin.query(`CREATE ROLE renamer LOGIN SUPERUSER PASSWORD 'x'`));
  await withClient(cluster.url('postgres', 'renamer', 'x'), (admin) =>
    admin.query(`ALTER ROLE ${SUPERUSER} RENAME TO ${CHIEF}`),
  );
  await withClient(cluster.url('postgres', CHIEF), (admin) => admin.query('DROP ROLE renamer'));
}

/** Removes the roles that a restore has made. */
export async function forgetRoles(adminUrl: string): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT quote_ident(rolname) AS name FROM pg_roles WHERE rolname <> '${CHIEF}' AND rolname NOT LIKE 'pg\\_%'`,
    );
    for (const { name } of rows) await admin.query(`DROP ROLE ${name}`);
  });
}

/** Removes a database whatever holds it: subscriptions, slots, prepared transactions, sessions. */
async function removeDatabase(urlOf: (database: string) => string, name: string): Promise<void> {
  await withClient(urlOf('postgres'), async (admin) => {
    await admin.query('SET default_transaction_read_only = off');
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) return;
    const quoted = escapeIdentifier(name);
    await admin.query(`ALTER DATABASE ${quoted} ALLOW_CONNECTIONS true IS_TEMPLATE false CONNECTION LIMIT -1`);
    await withPatience(urlOf(name), freeOfAnchors);
    await admin.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = ${escapeLiteral(name)}`,
    );
    await admin.query(`DROP DATABASE ${quoted} WITH (FORCE)`);
  });
}

/** No setting of a shape's database ends what the runner does in it. */
export function withPatience<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const patient = new URL(url);
  patient.searchParams.set(
    'options',
    '-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0',
  );
  return withClient(patient.href, work);
}

/** Ends the prepared transactions of a database. */
export async function rollBackPrepared(client: Client): Promise<void> {
  const { rows } = await client.query<{ gid: string }>(
    'SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()',
  );
  for (const { gid } of rows) await client.query(`ROLLBACK PREPARED ${escapeLiteral(gid)}`);
}

async function freeOfAnchors(client: Client): Promise<void> {
  await client.query('SET default_transaction_read_only = off');
  await rollBackPrepared(client);
  const subscriptions = await client.query<{ subname: string }>(
    'SELECT subname FROM pg_catalog.pg_subscription JOIN pg_catalog.pg_database d ON d.oid = subdbid WHERE datname = current_database()',
  );
  await client.query('SET session_replication_role = replica');
  for (const { subname } of subscriptions.rows) {
    const quoted = escapeIdentifier(subname);
    await client.query(`ALTER SUBSCRIPTION ${quoted} DISABLE`);
    await client.query(`ALTER SUBSCRIPTION ${quoted} SET (slot_name = NONE)`);
    await client.query(`DROP SUBSCRIPTION ${quoted}`);
  }
}

/** Removes every database whose name begins so. */
export async function removeDatabases(urlOf: (database: string) => string, prefix: string): Promise<void> {
  const names = await withClient(urlOf('postgres'), async (admin) => {
    const { rows } = await admin.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    return rows.map(({ datname }) => datname);
  });
  for (const name of names) await removeDatabase(urlOf, name);
}
