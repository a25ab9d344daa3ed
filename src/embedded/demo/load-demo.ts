import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';

/** In the order of loading: each builds on those before it. */
const FILES: readonly string[] = [
  '01-types.sql',
  '02-accounts.sql',
  '03-docs.sql',
  '04-incidents.sql',
  '05-tasks.sql',
  '06-monitoring.sql',
  '07-controls.sql',
  '08-reports.sql',
  '09-logic.sql',
];

/**
 * Fills an empty UTF-8 database with the demonstration data of SCC: the same objects and rows every time, all of them or
 * none. Creates the role `scc_reader` when the server lacks it.
 *
 * @param client a connection of a superuser, to the database to fill
 * @throws DatabaseError when the database is not empty
 */
export async function loadDemo(client: Client): Promise<void> {
  await client.query('BEGIN');
  try {
    // Whatever the server's settings are, the rows come out the same.
    await client.query(`SET LOCAL timezone TO 'UTC'; SET LOCAL datestyle TO ISO; SET LOCAL intervalstyle TO postgres;
      SET LOCAL bytea_output TO hex; SET LOCAL standard_conforming_strings TO on; SET LOCAL search_path TO public`);
    for (const file of FILES) await client.query(await readFile(join(__dirname, file), 'utf8'));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
