import type pg from 'pg';
import type { RelationName } from '../server/relation-name';

/** A table of a scope, or a partition of one, as it is in a database now. */
export interface ScopeTable extends RelationName {
  readonly kind: 'r' | 'p';
  readonly isPartition: boolean;
  /** The table at the top of its partitions: itself when it is not a partition. */
  readonly root: RelationName;
  /** Those that rows can be given for. */
  readonly columns: readonly string[];
}

const TABLES = `
  WITH RECURSIVE member AS (
    SELECT c.oid, c.oid AS root
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted (schema, name)
        ON wanted.schema = n.nspname AND wanted.name = c.relname
     WHERE c.relkind IN ('r', 'p')
    UNION
    SELECT i.inhrelid, member.root
      FROM member JOIN pg_catalog.pg_inherits i ON i.inhparent = member.oid
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
  )
  SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relispartition AS "isPartition",
         jsonb_build_object('schema', rn.nspname, 'name', r.relname) AS root,
         array(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
    FROM member JOIN pg_catalog.pg_class c ON c.oid = member.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class r ON r.oid = member.root JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
   WHERE c.relkind IN ('r', 'p')`;

/** @param wanted those that are not there are left out */
export async function readScopeTables(client: pg.Client, wanted: readonly RelationName[]): Promise<ScopeTable[]> {
  const names = [wanted.map(({ schema }) => schema), wanted.map(({ name }) => name)];
  return (await client.query<ScopeTable>(TABLES, names)).rows;
}
