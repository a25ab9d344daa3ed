import type pg from 'pg';
import { pathFor } from '../server/search-path';

interface PathRow {
  readonly application: string;
  readonly schemas: string[];
  readonly path: string;
}

/**
 * The `search_path` under which the application uses the database, as it is now: what code of the application finds when rows are
 * loaded. The session's own settings are to be those of `readLoadSettings`.
 */
export async function ownPath(client: pg.Client): Promise<string> {
  const { rows } = await client.query<PathRow>(
    `SELECT pg_catalog.pg_get_userbyid(d.datdba)::text AS application, s.reset_val AS path,
            (SELECT pg_catalog.array_agg(nspname::text) FROM pg_catalog.pg_namespace) AS schemas
       FROM pg_catalog.pg_database d, pg_catalog.pg_settings s
      WHERE d.datname = pg_catalog.current_database() AND s.name = 'search_path'`,
  );
  const [row] = rows;
  return row === undefined ? '' : pathFor(row.path, row);
}

/** Sets the path for the rest of the session, or until the transaction is rolled back. */
export async function setPath(client: pg.Client, path: string): Promise<void> {
  await client.query(`SELECT pg_catalog.set_config('search_path', $1, false)`, [path]);
}
