import type pg from 'pg';
import { CHANGED_RIGHTS } from './built-in-rights';
import { OWN_OBJECTS } from './own-objects';

/**
 * Makes a database what a new one is, in the client's transaction: nothing that a dump can hold is left, and the rights on what
 * stays are those of a new database. Settings, comment and rights of the database itself stay.
 *
 * Every object is dropped with all that depends on it, so no order can be wrong: what has gone with another one is passed over.
 * Everything is named and dropped on the server, in whatever encoding.
 *
 * Subscriptions are left to `dropSubscriptions`.
 *
 * @param client in a transaction; its `search_path` is only `pg_catalog` afterwards
 * @throws the driver's error, above all when something belongs to a role of which the connected one is not a member
 */
export async function clearDatabase(client: pg.Client): Promise<void> {
  await client.query('SET LOCAL search_path = pg_catalog, pg_temp');
  // What drops is written in it; and pg_dump takes it for granted, as it does the schema public.
  const { rowCount } = await client.query(`SELECT FROM pg_extension WHERE extname = 'plpgsql'`);
  if (rowCount === 0) await client.query('CREATE EXTENSION plpgsql');
  await client.query(DROP_OBJECTS);
  await client.query(DROP_LARGE_OBJECTS);
  await client.query(RESET_DEFAULT_PRIVILEGES);
  await client.query(RESET_PUBLIC);
  await client.query(RESET_RIGHTS);
}

const DROP_OBJECTS = `
DO $clear$
DECLARE
  item record;
  is_there boolean;
  has_dropped boolean := true;
BEGIN
  -- One pass drops all. Another one only finds something where a drop has made something, which a trigger might.
  WHILE has_dropped LOOP
    has_dropped := false;
    FOR item IN SELECT class, id, kind, identity FROM (${OWN_OBJECTS}) objects ORDER BY rank, id LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE oid = $1)', item.class) INTO is_there USING item.id;
      CONTINUE WHEN NOT is_there;
      EXECUTE format('DROP %s %s CASCADE', item.kind, item.identity);
      has_dropped := true;
    END LOOP;
  END LOOP;
END $clear$`;

const DROP_LARGE_OBJECTS = `DO $clear$ BEGIN PERFORM lo_unlink(oid) FROM pg_largeobject_metadata; END $clear$`;

// Those of a schema add to what all roles get, and are gone when they are empty; those of all schemas stand in its place, and
// are gone when they are the same.
const RESET_DEFAULT_PRIVILEGES = `
DO $clear$
DECLARE
  item record;
  grantee text;
  whose text;
BEGIN
  FOR item IN
    SELECT d.defaclrole AS role, d.defaclacl AS acl, d.defaclobjtype AS type, n.nspname AS schema,
           CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
                                WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS what
      FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  LOOP
    whose := format('ALTER DEFAULT PRIVILEGES FOR ROLE %I ', pg_get_userbyid(item.role))
          || CASE WHEN item.schema IS NULL THEN '' ELSE format('IN SCHEMA %I ', item.schema) END;
    FOR grantee IN SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END FROM aclexplode(item.acl) a LOOP
      EXECUTE whose || format('REVOKE ALL ON %s FROM %s', item.what, grantee);
    END LOOP;
    CONTINUE WHEN item.schema IS NOT NULL;
    EXECUTE whose || format('GRANT ALL ON %s TO %I', item.what, pg_get_userbyid(item.role));
    IF item.type IN ('f', 'T') THEN EXECUTE whose || format('GRANT ALL ON %s TO PUBLIC', item.what); END IF;
  END LOOP;
END $clear$`;

// pg_dump takes it for granted.
const RESET_PUBLIC = `
DO $clear$
DECLARE
  item record;
  owner name := CASE WHEN current_setting('server_version_num')::int < 150000
                     THEN (SELECT rolname FROM pg_roles WHERE oid = 10) ELSE 'pg_database_owner' END;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public') THEN
    CREATE SCHEMA public;
  END IF;
  FOR item IN SELECT FROM pg_namespace WHERE nspname = 'public' AND pg_get_userbyid(nspowner) <> owner
                 AND pg_has_role(nspowner, 'USAGE') AND pg_has_role(owner, 'MEMBER') LOOP
    EXECUTE format('ALTER SCHEMA public OWNER TO %I', owner);
  END LOOP;
  FOR item IN SELECT FROM pg_namespace WHERE nspname = 'public' AND pg_has_role(nspowner, 'USAGE')
                 AND obj_description(oid, 'pg_namespace') IS DISTINCT FROM 'standard public schema' LOOP
    COMMENT ON SCHEMA public IS 'standard public schema';
  END LOOP;
  FOR item IN SELECT provider, objtype, objname FROM pg_seclabels WHERE objoid IN (SELECT oid FROM pg_namespace WHERE nspname = 'public') LOOP
    EXECUTE format('SECURITY LABEL FOR %I ON %s %s IS NULL', item.provider, item.objtype, item.objname);
  END LOOP;
END $clear$`;

// The rights on a table take those on its columns along: these come after it.
const RESET_RIGHTS = `
DO $clear$
DECLARE
  item record;
  entry record;
BEGIN
  FOR item IN SELECT target, part, acl, wanted, coalesce(' (' || quote_ident("column") || ')', '') AS columns
                FROM (${CHANGED_RIGHTS}) changed WHERE may_change ORDER BY target, part LOOP
    FOR entry IN SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee FROM aclexplode(item.acl) LOOP
      EXECUTE format('REVOKE ALL%s ON %s FROM %s CASCADE', item.columns, item.target, entry.grantee);
    END LOOP;
    FOR entry IN SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee, privilege_type AS privilege,
                        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grantable FROM aclexplode(item.wanted) LOOP
      EXECUTE format('GRANT %s%s ON %s TO %s%s', entry.privilege, item.columns, item.target, entry.grantee, entry.grantable);
    END LOOP;
  END LOOP;
END $clear$`;
