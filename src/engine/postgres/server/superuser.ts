import type pg from 'pg';

/** Whether the role of a connection is a superuser. */
export async function isSuperuser(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>(
    `SELECT rolsuper AS "is" FROM pg_catalog.pg_roles WHERE rolname = current_user`,
  );
  return rows[0]?.is === true;
}
