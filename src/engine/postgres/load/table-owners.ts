import type pg from 'pg';
import { keyOf, type RelationName } from '../server/relation-name';

/** SQL: the privilege of membership by which a session may take a role. */
const TO_TAKE = `CASE WHEN pg_catalog.current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END`;

/** SQL over a row `r` of `pg_roles`: true for a role, no superuser, that the session may take. */
export const MAY_BE_TAKEN = `(NOT r.rolsuper AND pg_catalog.pg_has_role(session_user, r.oid, ${TO_TAKE}))`;

/** SQL over a row `c` of `pg_class`: true for a table of people or of an extension. */
export const IS_TABLE = `(c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384)`;

// Rows of a table whose policies hold for its owner, too, cannot be copied in by its owner.
const OWNERS = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, r.rolname::text AS owner
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
   WHERE ${IS_TABLE} AND ${MAY_BE_TAKEN} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
     AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
     AND pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT')`;

/** By whom rows of a table are loaded; `undefined`: by the session's own role. */
export type OwnerOf = (table: RelationName) => string | undefined;

/**
 * Finds under whom rows can be loaded, so that code that runs on loading has no more rights than the owner of the table: the owners
 * that are no superusers, that the session may take, and that may load rows as things are.
 *
 * @throws the driver's error
 */
export async function tableOwners(client: pg.ClientBase): Promise<OwnerOf> {
  const { rows } = await client.query<RelationName & { owner: string }>(OWNERS);
  const owners = new Map(rows.map((row) => [keyOf(row), row.owner]));
  return (table) => owners.get(keyOf(table));
}
