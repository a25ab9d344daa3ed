import type pg from 'pg';
import { keyOf, type RelationName } from '../server/relation-name';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';

/** A column that has a value of its own: generated columns follow from others. */
export interface ShapeColumn {
  readonly name: string;
  /** As SQL writes it. */
  readonly type: string;
  /** Number of the type, which is the same in every database for a type that comes with the server. */
  readonly typeOid: number;
}

/** A table that holds rows: the table itself, or a partition. */
export interface Leaf extends RelationName {
  /** Blocks that may be read in ranges; 0 when they may not, or were not asked for. */
  readonly blocks: number;
}

/** A table as it is compared: a partitioned one as a whole. */
export interface TableShape extends RelationName {
  readonly columns: readonly ShapeColumn[];
  /** Columns of the primary key, in its order; empty without one. */
  readonly key: readonly string[];
  /** What has the rows. Rows of foreign partitions are on another server. */
  readonly leaves: readonly Leaf[];
}

const SHAPES = `
  WITH RECURSIVE member AS (
    SELECT c.oid, c.oid AS root
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND NOT (${SYSTEM_SCHEMAS})
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
       AND ($1::text IS NULL OR n.nspname = $1 AND c.relname = $2)
    UNION ALL
    SELECT i.inhrelid, member.root
      FROM member JOIN pg_catalog.pg_inherits i ON i.inhparent = member.oid
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
  )
  SELECT n.nspname::text AS schema, r.relname::text AS name,
         (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'typeOid', a.atttypid::bigint)
                   ORDER BY a.attnum), '[]')
            FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
         array(SELECT a.attname::text
                 FROM pg_catalog.pg_index i, pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (num, at)
                 JOIN pg_catalog.pg_attribute a ON a.attnum = k.num
                WHERE i.indrelid = r.oid AND i.indisprimary AND a.attrelid = r.oid AND k.at <= i.indnkeyatts
                ORDER BY k.at) AS key,
         (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'schema', ln.nspname, 'name', l.relname,
                   'blocks', CASE WHEN am.amname = 'heap' AND $1 IS NOT NULL
                             THEN pg_catalog.pg_relation_size(l.oid) / pg_catalog.current_setting('block_size')::bigint ELSE 0 END)
                   ORDER BY l.oid), '[]')
            FROM member JOIN pg_catalog.pg_class l ON l.oid = member.oid
            JOIN pg_catalog.pg_namespace ln ON ln.oid = l.relnamespace LEFT JOIN pg_catalog.pg_am am ON am.oid = l.relam
           WHERE member.root = r.oid AND l.relkind = 'r') AS leaves
    FROM (SELECT DISTINCT root FROM member) AS roots JOIN pg_catalog.pg_class r ON r.oid = roots.root
    JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace`;

/**
 * The tables of a database, by `keyOf`; of all, or of one as it is now. To know the size of a table, one has to wait for its locks:
 * those of all are listed without.
 */
export async function readShapes(client: pg.Client, only?: RelationName): Promise<Map<string, TableShape>> {
  const { rows } = await client.query<TableShape>(SHAPES, [only?.schema ?? null, only?.name ?? null]);
  return new Map(rows.map((shape) => [keyOf(shape), shape]));
}
