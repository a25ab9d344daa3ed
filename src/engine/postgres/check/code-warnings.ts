import type pg from 'pg';
import { type Finding, warning } from '../../findings/finding';
import type { LoadedCode } from '../archive/loaded-code';

/**
 * Says what code of a backup loading would run that does not belong to a superuser: with the rights of the restoring role, or of the owner
 * of an index.
 *
 * @param admin connected to the server that would run it
 */
export async function codeWarnings(admin: pg.Client, code: readonly LoadedCode[]): Promise<Finding[]> {
  if (code.length === 0) return [];
  const { rows } = await admin.query<{ name: string }>(
    'SELECT rolname::text AS name FROM pg_catalog.pg_roles WHERE rolsuper',
  );
  const superusers = new Set(rows.map(({ name }) => name));
  return inPlaces(
    code.flatMap(({ name, functions }) => {
      const others = functions.filter(({ owner }) => !superusers.has(owner));
      return others.length === 0 ? [] : [`${name} (${others.map((called) => called.name).join(', ')})`];
    }),
  );
}

/**
 * The same of a database as it is now.
 *
 * @param client connected to it
 */
export async function codeWarningsOf(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ name: string; functions: string[] }>(CODE);
  return inPlaces(rows.map(({ name, functions }) => `${name} (${functions.join(', ')})`));
}

function inPlaces(places: readonly string[]): Finding[] {
  return places.length === 0 ? [] : [warning('code.of_other_roles', { places })];
}

// Constraints (of tables and domains), generated columns, partition keys, indexes and statistics, and the functions that they call by
// name, by an operator, or by the operator class of an index or a partition key.
const CODE = `
  WITH places AS (
    SELECT 'pg_catalog.pg_constraint'::regclass AS classid, oid, 0 AS subid FROM pg_catalog.pg_constraint WHERE contype IN ('c', 'x')
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::regclass, d.oid, 0 FROM pg_catalog.pg_attrdef d
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, oid, 0 FROM pg_catalog.pg_class WHERE relkind IN ('i', 'I', 'p')
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid, 0 FROM pg_catalog.pg_statistic_ext
  ), called AS (
    SELECT d.classid, d.objid, coalesce(o.oprcode::oid, m.amproc::oid, CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::regclass THEN d.refobjid END) AS function
      FROM pg_catalog.pg_depend d JOIN places p ON p.classid = d.classid AND p.oid = d.objid
      LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::regclass AND o.oid = d.refobjid
      LEFT JOIN pg_catalog.pg_opclass c ON d.refclassid = 'pg_catalog.pg_opclass'::regclass AND c.oid = d.refobjid
      LEFT JOIN pg_catalog.pg_amproc m ON m.amprocfamily = c.opcfamily
  )
  SELECT CASE i.type WHEN 'default value' THEN pg_catalog.regexp_replace(i.identity, '^for', 'generated column') ELSE i.type || ' ' || i.identity END AS name, pg_catalog.array_agg(DISTINCT f.oid::regprocedure::text) AS functions
    FROM called JOIN pg_catalog.pg_proc f ON f.oid = called.function
    JOIN pg_catalog.pg_roles r ON r.oid = f.proowner AND NOT r.rolsuper
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(called.classid, called.objid, 0) i
   WHERE f.pronamespace <> 'pg_catalog'::regnamespace
   GROUP BY 1 ORDER BY 1`;
