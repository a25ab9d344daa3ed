import type pg from 'pg';

/**
 * How many connections the role may have to the database that the client is in.
 *
 * @returns `undefined` when neither the role nor the database has a limit
 */
export async function connectionLimit(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ limit: number | null }>(
    `SELECT least(nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) AS "limit"
       FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
      WHERE r.rolname = current_user AND NOT r.rolsuper AND d.datname = current_database()`,
  );
  return rows[0]?.limit ?? undefined;
}
