import type pg from 'pg';
import { isAmong, keyOf, type RelationName } from '../server/relation-name';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';

/** The relations of a database that matter for a backup. */
export interface Catalog {
  /** Tables that `pg_dump` will lock. */
  readonly lockable: readonly RelationName[];
  /** For a scoped backup: all relations that belong to it. */
  readonly only?: readonly RelationName[];
  /** Tables of the scope that the database does not have. */
  readonly missingTables: readonly string[];
  readonly hasForeignTables: boolean;
}

interface TableRow {
  oid: string;
  schema: string;
  name: string;
  kind: 'r' | 'p' | 'f';
}

interface SequenceRow {
  schema: string;
  name: string;
  /** The table that owns it, or whose column draws from it. */
  table_oid: string;
}

// Members of extensions come with the extension.
const TABLES = `
  SELECT c.oid::text, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
     AND NOT (${SYSTEM_SCHEMAS})
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')`;

const SEQUENCES = `
  SELECT n.nspname AS schema, s.relname AS name, d.refobjid::text AS table_oid
    FROM pg_catalog.pg_class s JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
   WHERE s.relkind = 'S'
  UNION ALL
  SELECT n.nspname, s.relname, a.adrelid::text
    FROM pg_catalog.pg_attrdef a
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = a.oid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
    JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace`;

const SCOPE = `
  WITH RECURSIVE member AS (
    SELECT c.oid, n.nspname AS schema, c.relname AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted (schema, name)
        ON wanted.schema = n.nspname AND wanted.name = c.relname
     WHERE c.relkind IN ('r', 'p')
    UNION
    SELECT i.inhrelid, NULL, NULL
      FROM member JOIN pg_catalog.pg_inherits i ON i.inhparent = member.oid
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
  )
  SELECT oid::text, schema::text, name::text FROM member`;

/**
 * Reads the relations of the database the client is connected to.
 *
 * @param scopeTables without them the whole database
 */
export async function readCatalog(client: pg.Client, scopeTables?: readonly RelationName[]): Promise<Catalog> {
  const relations = (await client.query<TableRow>(TABLES)).rows;
  const sequences = (await client.query<SequenceRow>(SEQUENCES)).rows;
  const scope = scopeTables === undefined ? undefined : await readScope(client, scopeTables);
  const isWanted = (oid: string): boolean => scope?.members.has(oid) ?? true;
  const wanted = relations.filter(({ oid }) => isWanted(oid));
  return {
    lockable: relations.filter(({ kind }) => kind !== 'f').map(nameOf),
    ...(scope === undefined
      ? {}
      : { only: unique([...wanted, ...sequences.filter(({ table_oid }) => isWanted(table_oid))].map(nameOf)) }),
    missingTables: scope?.missing ?? [],
    hasForeignTables: wanted.some(({ kind }) => kind === 'f'),
  };
}

async function readScope(
  client: pg.Client,
  scopeTables: readonly RelationName[],
): Promise<{ members: Set<string>; missing: string[] }> {
  const { rows } = await client.query<RelationName & { oid: string }>(SCOPE, [
    scopeTables.map(({ schema }) => schema),
    scopeTables.map(({ name }) => name),
  ]);
  const isFound = isAmong(rows);
  const missing = scopeTables.filter((table) => !isFound(table));
  return {
    members: new Set(rows.map(({ oid }) => oid)),
    // Tables of scopes are in `public`, and are named without it.
    missing: missing.map(({ schema, name }) => (schema === 'public' ? name : `${schema}.${name}`)).sort(),
  };
}

function nameOf({ schema, name }: RelationName): RelationName {
  return { schema, name };
}

function unique(names: readonly RelationName[]): RelationName[] {
  return [...new Map(names.map((name) => [keyOf(name), name])).values()];
}
