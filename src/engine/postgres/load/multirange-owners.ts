import pg from 'pg';

interface MultirangeRow {
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
}

/**
 * Gives each multirange type to the owner of its range type. Before version 17 the server leaves it with the role that made both
 * when the range type is given away, and an archive says nothing of multirange types.
 *
 * @param client connected to the database that is loaded, as the role that loads
 * @throws the driver's error
 */
export async function giveMultiranges(client: pg.Client): Promise<void> {
  // Servers before version 14 have no such column.
  const { rows } = await client.query<MultirangeRow>(
    `SELECT n.nspname::text AS schema, m.typname::text AS name, pg_catalog.pg_get_userbyid(t.typowner)::text AS owner
       FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid
       JOIN pg_catalog.pg_type m ON m.oid = (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid
       JOIN pg_catalog.pg_namespace n ON n.oid = m.typnamespace
      WHERE m.typowner <> t.typowner`,
  );
  for (const { schema, name, owner } of rows) {
    const type = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    await client.query(`ALTER TYPE ${type} OWNER TO ${pg.escapeIdentifier(owner)}`);
  }
}
