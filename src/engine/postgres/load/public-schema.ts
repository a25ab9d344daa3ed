import type pg from 'pg';
import type { BackupIndex } from '../../container/read/backup-reader';

/**
 * Drops the empty schema `public` that every new database has, because the one that was backed up had none. `pg_dump` does not say so.
 * Where it belongs to a role that is not ours, it stays.
 *
 * @throws the driver's error
 */
export async function dropPublicSchema(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public' AND pg_catalog.pg_has_role(nspowner, 'USAGE')`,
  );
  if (rowCount === 1) await client.query('DROP SCHEMA public');
}

/** Whether a backup says that its database had none. */
export function lacksPublicSchema(index: BackupIndex): boolean {
  return index.database.has_public_schema === false;
}
