import type pg from 'pg';
import { type Finding, warning } from '../../findings/finding';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';

interface RoleRow {
  readonly name: string;
  readonly is_missing: boolean;
  readonly is_superuser: boolean;
  readonly lacks_inheritance: boolean;
  readonly may_stay: boolean;
}

interface WayToWrite {
  readonly reader: string;
  readonly role: string;
  readonly object: string;
}

/** The first version in which a membership says for itself whether its rights are inherited, and one that has a right to maintain. */
const INHERITS_BY_GRANT_FROM = 160_000;
const MAINTAIN_FROM = 170_000;

// A member of the reader comes in as well. The rights of any role that it can become are its own.
const ENTERING = `
  SELECT r.rolname::text AS reader, m.oid
    FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles m ON pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER')
   WHERE r.rolname = ANY ($1) AND m.rolname <> current_user
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles s WHERE s.rolsuper AND pg_catalog.pg_has_role(m.oid, s.oid, 'MEMBER'))`;

const ROLES = `
  SELECT w.name, r.oid IS NULL AS is_missing,
         coalesce((SELECT pg_catalog.bool_or(s.rolsuper) FROM pg_catalog.pg_roles s
                    WHERE pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER')), false) AS is_superuser,
         coalesce(NOT r.rolinherit, false) AND pg_catalog.current_setting('server_version_num')::int < ${INHERITS_BY_GRANT_FROM} AS lacks_inheritance,
         NOT me.rolsuper AND NOT pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')
           AND EXISTS (SELECT FROM entering e WHERE e.reader = w.name AND NOT pg_catalog.pg_has_role(e.oid, 'USAGE')) AS may_stay
    FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS w (name, n) LEFT JOIN pg_catalog.pg_roles r ON r.rolname = w.name, pg_catalog.pg_roles me
   WHERE me.rolname = current_user ORDER BY w.n`;

/**
 * Finds which of the roles that are to read the databases of rehearsals would not be let in, and why.
 *
 * @param client connected to the target, or to the database that they are to read: rights there are theirs already
 * @param readers names of roles
 * @returns one finding for a role, the first reason
 */
export async function readerFindings(client: pg.Client, readers: readonly string[]): Promise<Finding[]> {
  if (readers.length === 0) return [];
  const { rows: may } = await client.query<{ make_roles: boolean }>(
    `SELECT rolsuper OR rolcreaterole AND rolinherit AS make_roles FROM pg_catalog.pg_roles WHERE rolname = current_user`,
  );
  if (may[0]?.make_roles !== true) {
    return readers.map((role) => warning('reader.cannot_make_roles', { role }));
  }
  const { rows } = await client.query<RoleRow>(`WITH entering AS (${ENTERING}) ${ROLES}`, [readers]);
  const writing = new Map((await waysToWrite(client, readers)).map((way) => [way.reader, way]));
  return rows.flatMap((row) => findingOf(row, writing.get(row.name)) ?? []);
}

function findingOf(row: RoleRow, way: WayToWrite | undefined): Finding | undefined {
  const { name: role } = row;
  if (row.is_missing) return warning('reader.unknown', { role });
  if (row.is_superuser) return warning('reader.superuser', { role });
  if (row.lacks_inheritance) return warning('reader.inherits_nothing', { role });
  if (row.may_stay) return warning('reader.may_stay', { role });
  return way && warning('reader.may_write', { role, as: way.role, object: way.object });
}

/** One way for each reader that has any. A reader that may change something could change what is promoted. */
async function waysToWrite(client: pg.Client, readers: readonly string[]): Promise<WayToWrite[]> {
  const versions = await client.query<{ num: number }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int AS num`,
  );
  const maintain = (versions.rows[0]?.num ?? 0) < MAINTAIN_FROM ? '' : ', MAINTAIN';
  const { rows } = await client.query<WayToWrite>(
    `WITH entering AS (${ENTERING}),
     become AS MATERIALIZED (
       SELECT DISTINCT e.reader, p.oid, p.rolname::text AS role, p.rolcreaterole, p.rolreplication
         FROM entering e JOIN pg_catalog.pg_roles p ON pg_catalog.pg_has_role(e.oid, p.oid, 'MEMBER'))
     SELECT DISTINCT ON (reader) reader, role, object FROM (
       SELECT reader, role, 'roles or replication slots' AS object FROM become
        WHERE rolcreaterole OR rolreplication OR role IN ('pg_execute_server_program', 'pg_write_server_files')
       UNION ALL
       SELECT reader, role, 'the database' FROM become, pg_catalog.pg_database d
        WHERE d.datname = pg_catalog.current_database() AND pg_catalog.has_database_privilege(become.oid, d.oid, 'CREATE')
       UNION ALL
       SELECT reader, role, pg_catalog.pg_describe_object(s.classid, s.objid, s.objsubid)
         FROM become JOIN pg_catalog.pg_shdepend s ON s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = become.oid
        WHERE s.deptype = 'o' AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
       UNION ALL
       SELECT reader, role, pg_catalog.format('the schema %I', n.nspname) FROM become, pg_catalog.pg_namespace n
        WHERE NOT (${SYSTEM_SCHEMAS}) AND pg_catalog.has_schema_privilege(become.oid, n.oid, 'CREATE')
       UNION ALL
       SELECT reader, role, pg_catalog.format('%I.%I', n.nspname, c.relname)
         FROM become, pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT (${SYSTEM_SCHEMAS}) AND CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(become.oid, c.oid, 'USAGE, UPDATE')
              WHEN c.relkind IN ('r', 'p', 'v', 'm', 'f') THEN pg_catalog.has_table_privilege(become.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER${maintain}')
                OR pg_catalog.has_any_column_privilege(become.oid, c.oid, 'INSERT, UPDATE') END
       UNION ALL
       -- It does what its owner may do. A trigger's function cannot be called.
       SELECT reader, role, p.oid::pg_catalog.regprocedure::text FROM become, pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND NOT (${SYSTEM_SCHEMAS}) AND p.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
          AND pg_catalog.has_function_privilege(become.oid, p.oid, 'EXECUTE')
       UNION ALL
       SELECT reader, role, pg_catalog.format('large object %s', l.oid)
         FROM become, pg_catalog.pg_largeobject_metadata l, pg_catalog.aclexplode(l.lomacl) a
        WHERE a.privilege_type = 'UPDATE' AND a.grantee IN (0, become.oid)
     ) AS ways ORDER BY reader, role, object`,
    [readers],
  );
  return rows;
}
