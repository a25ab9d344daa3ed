import pg from 'pg';

const LOCAL = `
  WITH RECURSIVE away (oid) AS (
    SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'f'
    UNION SELECT inhparent FROM pg_catalog.pg_inherits JOIN away ON away.oid = inhrelid)
  SELECT n.nspname::text AS schema, c.relname::text AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM away WHERE away.oid = c.oid)
   ORDER BY 1, 2`;
const STATE = `
  SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL AS is_in_transaction,
         EXISTS (SELECT FROM pg_catalog.pg_foreign_table) AS has_foreign`;

/**
 * Gathers statistics, under the search path of the session. For a table with foreign partitions or children the server would ask
 * theirs, which may be away and is no business of a copy: its local partitions have their own. Statistics that cannot be had, because
 * a function in an index fails, are no loss of data.
 *
 * @returns tables without them, for people
 * @throws the driver's error when it is not about one table
 */
export async function analyzeLocal(client: pg.Client, signal: AbortSignal): Promise<string[]> {
  const { rows } = await client.query<{ is_in_transaction: boolean; has_foreign: boolean }>(STATE);
  const isInTransaction = rows[0]?.is_in_transaction === true;
  // Statistics of an index over an expression are gathered by the application's functions.
  await client.query('RESET search_path');
  if (rows[0]?.has_foreign !== true && (await attempt(client, 'ANALYZE', isInTransaction))) return [];
  const tables = await client.query<{ schema: string; name: string }>(LOCAL);
  const failed: string[] = [];
  for (const { schema, name } of tables.rows) {
    signal.throwIfAborted();
    const sql = `ANALYZE ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    if (!(await attempt(client, sql, isInTransaction))) failed.push(`${schema}.${name}`);
  }
  return failed;
}

/** Outside of a transaction each table is one of its own: the lock table may have no room for all. */
async function attempt(client: pg.Client, sql: string, isInTransaction: boolean): Promise<boolean> {
  if (isInTransaction) await client.query('SAVEPOINT statistics');
  try {
    await client.query(sql);
    return true;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || isOfServer(error.code ?? '')) throw error;
    if (isInTransaction) await client.query('ROLLBACK TO SAVEPOINT statistics');
    return false;
  } finally {
    if (isInTransaction) await client.query('RELEASE SAVEPOINT statistics').catch(() => undefined);
  }
}

/** Connections, resources, intervention of an operator, system errors. */
function isOfServer(code: string): boolean {
  return ['08', '53', '57', '58'].includes(code.slice(0, 2));
}
