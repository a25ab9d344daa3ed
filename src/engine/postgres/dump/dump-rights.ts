import type pg from 'pg';
import type { RelationName } from '../server/relation-name';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';

/** Something that the role may not read, and without which `pg_dump` ends with an error. */
export interface Unreadable {
  /** For people: what it is and its name. */
  readonly object: string;
  /** The statement that helps; it is the owner or a superuser who may run it. */
  readonly remedy: string;
}

/** The role may not read all that a backup has to hold. A smaller backup would be called one, so none is made. */
export class MissingRightsError extends Error {
  override readonly name = 'MissingRightsError';

  constructor(readonly unreadable: readonly Unreadable[]) {
    super(describeUnreadable(unreadable).join('; '));
  }
}

/** More than these would hide what is to be done; each further one looks the same. */
const SHOWN = 20;

// pg_dump locks every table and reads every sequence, also those outside of the scope, and needs the right to read them.
// Of an extension only the tables are read whose rows `pg_dump` takes along, those of extconfig.
const UNREADABLE = `
  WITH relation AS (
    SELECT c.oid, c.relkind, c.relnamespace, c.relrowsecurity,
           $1 OR EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) AS wanted (schema, name)
                          WHERE wanted.schema = n.nspname AND wanted.name = c.relname) AS has_rows_dumped,
           pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, pg_catalog.quote_ident(n.nspname) AS schema
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND NOT (${SYSTEM_SCHEMAS})
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
                          AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.oid = d.refobjid AND c.oid = ANY (e.extconfig))))
  SELECT DISTINCT 'the schema ' || schema AS object, 'GRANT USAGE ON SCHEMA ' || schema || ' TO ' || me AS remedy
    FROM relation, pg_catalog.quote_ident(current_user) AS me WHERE NOT pg_catalog.has_schema_privilege(relnamespace, 'USAGE')
  UNION ALL
  SELECT 'the ' || kind.word || ' ' || name, 'GRANT SELECT ON ' || pg_catalog.upper(kind.word) || ' ' || name || ' TO ' || me
    FROM relation, pg_catalog.quote_ident(current_user) AS me,
         LATERAL (SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS word) kind
   -- Asked as a table: a right on a single column is none to read it, and USAGE on a sequence is none either.
   WHERE NOT pg_catalog.has_table_privilege(oid, 'SELECT')
  UNION ALL
  SELECT 'all rows of the table ' || name || ' (row-level security)', 'ALTER ROLE ' || me || ' BYPASSRLS'
    FROM relation, pg_catalog.quote_ident(current_user) AS me
   WHERE has_rows_dumped AND relrowsecurity AND pg_catalog.has_table_privilege(oid, 'SELECT') AND pg_catalog.row_security_active(oid)
  UNION ALL
  SELECT 'the large object ' || l.oid, 'GRANT SELECT ON LARGE OBJECT ' || l.oid || ' TO ' || me
    FROM pg_catalog.pg_largeobject_metadata l, pg_catalog.quote_ident(current_user) AS me
   WHERE $1 AND NOT pg_catalog.current_setting('lo_compat_privileges')::boolean
     AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
     AND NOT pg_catalog.pg_has_role(l.lomowner, 'USAGE')
     AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(l.lomacl) a
                      WHERE a.privilege_type = 'SELECT'
                        AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
  ORDER BY 1`;

/**
 * Finds what keeps `pg_dump` from reading the database the client is connected to.
 *
 * @param only of a backup of some scopes: the relations whose rows it holds; without it rows and large objects of all
 */
export async function findUnreadable(client: pg.Client, only?: readonly RelationName[]): Promise<Unreadable[]> {
  const { rows } = await client.query<Unreadable>(UNREADABLE, [
    only === undefined,
    only?.map(({ schema }) => schema),
    only?.map(({ name }) => name),
  ]);
  return rows;
}

/** In words for people, the first of them, and how many more there are. */
function describeUnreadable(unreadable: readonly Unreadable[]): string[] {
  const shown = unreadable.slice(0, SHOWN).map(({ object, remedy }) => `the role may not read ${object}: ${remedy}`);
  const more = unreadable.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more`];
}

const LEFT_OUT = `
  SELECT 'the subscription ' || pg_catalog.quote_ident(subname) || ': only a superuser may dump it' AS text
    FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
   WHERE d.datname = pg_catalog.current_database()
     AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
  UNION ALL
  -- As the view pg_user_mappings decides who is shown the options.
  SELECT 'options of the user mapping of ' || coalesce(pg_catalog.quote_ident(m.usename), 'public') || ' for the server '
         || pg_catalog.quote_ident(m.srvname) || ': only that user with USAGE on the server, or a superuser, may read them'
    FROM pg_catalog.pg_user_mappings m JOIN pg_catalog.pg_foreign_server s ON s.oid = m.srvid
   WHERE m.umoptions IS NULL
     AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
     AND NOT CASE WHEN m.umuser = 0 THEN pg_catalog.pg_has_role(s.srvowner, 'USAGE')
                  ELSE m.usename = current_user
                       AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(s.oid, 'USAGE')) END
  UNION ALL
  SELECT 'rows of the unlogged ' || CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END
         || pg_catalog.format('%I.%I', n.nspname, c.relname) || ': a standby does not have them'
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE pg_catalog.pg_is_in_recovery() AND c.relpersistence = 'u' AND c.relkind IN ('r', 'S')
  ORDER BY 1`;

/** What `pg_dump` leaves out of a backup without an error, in words for people: for want of rights, or on a standby. */
export async function findLeftOut(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(LEFT_OUT);
  return rows.map(({ text }) => text);
}
