import type pg from 'pg';

/** What is wrong with it, for `doctor` and the log. */
export const SUPERUSER_WARNING =
  'the role of BERKUT_DB_URL is a superuser: code in the data (CHECK constraints, generated columns, index expressions) runs with its rights in every restore and rehearsal';

/** Whether the role of a connection is a superuser. */
export async function isSuperuser(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>(
    `SELECT rolsuper AS "is" FROM pg_catalog.pg_roles WHERE rolname = current_user`,
  );
  return rows[0]?.is === true;
}
