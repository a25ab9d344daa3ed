import type pg from 'pg';

/** The role that a session has taken, or `none`. */
export async function roleOf(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ role: string }>(`SELECT pg_catalog.current_setting('role') AS role`);
  return rows[0]?.role ?? 'none';
}

/**
 * Takes a role for the rest of the session, or until the transaction is rolled back.
 *
 * @param owner of the table that rows are loaded into; `undefined`: `own`, to which policies may not hide rows unseen
 * @param own what {@link roleOf} has said
 */
export async function takeRole(client: pg.ClientBase, owner: string | undefined, own: string): Promise<void> {
  await client.query(
    `SELECT pg_catalog.set_config('role', $1, false), pg_catalog.set_config('row_security', $2, false)`,
    [owner ?? own, owner === undefined ? 'off' : 'on'],
  );
}
