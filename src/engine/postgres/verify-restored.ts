import type pg from 'pg';
import type { BackupIndex } from '../backup-reader';
import { RestoreError } from './restore-error';
import { qualified } from './snapshot';

/** Names that are given in an error; the count of all is given too. */
const NAMES_SHOWN = 10;

/**
 * Compares a loaded database with the manifest: every table is there and has as many rows as the snapshot had; then
 * gathers statistics, without which the first morning after a restore is slow.
 *
 * @param client connected to the loaded database
 * @returns how much was compared
 * @throws RestoreError `integrity_violation` that names the tables
 */
export async function verifyRestored(
  client: pg.Client,
  index: BackupIndex,
  signal: AbortSignal,
): Promise<{ tables: number; rows: number }> {
  // Policies that hide rows from the owner would look like lost rows.
  await client.query(`SET search_path = ''; SET row_security = off`);
  const wrong: string[] = [];
  let rowCount = 0;
  for (const table of index.tables) {
    signal.throwIfAborted();
    const found = await countOf(client, table);
    rowCount += found ?? 0;
    if (found !== table.rows) wrong.push(`${table.schema}.${table.name}`);
  }
  if (wrong.length > 0) {
    throw new RestoreError('integrity_violation', 'Tables do not have the rows that the backup counted.', {
      tables: wrong.sort().slice(0, NAMES_SHOWN),
      table_count: wrong.length,
    });
  }
  await client.query('ANALYZE');
  return { tables: index.tables.length, rows: rowCount };
}

async function countOf(client: pg.Client, table: { schema: string; name: string }): Promise<number | undefined> {
  const known = await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    qualified(table),
  ]);
  if (known.rows[0]?.found !== true) return undefined;
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ONLY ${qualified(table)}`);
  return Number(rows[0]?.count);
}
