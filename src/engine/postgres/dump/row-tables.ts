import type pg from 'pg';
import { keyOf, type RelationName } from '../server/relation-name';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';

/** A table whose rows a backup holds: an ordinary one or a partition that has rows of its own. */
export interface RowTable extends RelationName {
  /** Those that are copied, in order: generated ones are made anew. */
  readonly columns: readonly string[];
  /** Of a partition, the table at the top. */
  readonly partitionRoot?: RelationName | undefined;
  /** Of a table that an extension has made: the extension, and what selects the rows that are not made by it. */
  readonly extension?: { readonly name: string; readonly condition: string } | undefined;
  /** With out-of-line values, bytes. */
  readonly sizeBytes: number;
  /** Of the table itself: blocks. */
  readonly pages: number;
  /** Its blocks can be read in ranges. */
  readonly isHeap: boolean;
}

/** A sequence whose value a backup holds. */
export type RowSequence = RelationName;

interface TableRow {
  schema: string;
  name: string;
  columns: string[];
  root: RelationName | null;
  extension: string | null;
  condition: string | null;
  size_bytes: string;
  pages: string;
  is_heap: boolean;
}

// As pg_dump has it: built-in extensions have low numbers, and what the others have made is taken as far as they say.
const CONFIGURATION = `
  WITH configuration AS (
    SELECT DISTINCT ON (c.oid) c.oid, e.extname::text AS extension, c.condition
      FROM pg_catalog.pg_extension e,
           ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS c (oid, condition)
     WHERE e.oid >= 16384 AND c.oid IS NOT NULL)`;

// A standby has no rows of unlogged tables.
const HELD = `
  c.relpersistence <> 't' AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
  AND (configuration.oid IS NOT NULL OR NOT (${SYSTEM_SCHEMAS}) AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))`;

const TABLES = `${CONFIGURATION}
  SELECT n.nspname::text AS schema, c.relname::text AS name, configuration.extension, configuration.condition,
         array(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                ORDER BY a.attnum) AS columns,
         (SELECT pg_catalog.jsonb_build_object('schema', rn.nspname, 'name', r.relname)
            FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
           WHERE c.relispartition AND r.oid = pg_catalog.pg_partition_root(c.oid)) AS root,
         coalesce(pg_catalog.pg_table_size(c.oid), 0) AS size_bytes,
         coalesce(pg_catalog.pg_relation_size(c.oid), 0) / pg_catalog.current_setting('block_size')::bigint AS pages,
         coalesce(am.amname = 'heap', false) AS is_heap
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
    LEFT JOIN configuration ON configuration.oid = c.oid
   WHERE c.relkind = 'r' AND ${HELD}
   ORDER BY c.oid`;

const SEQUENCES = `${CONFIGURATION}
  SELECT n.nspname::text AS schema, c.relname::text AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN configuration ON configuration.oid = c.oid
   WHERE c.relkind = 'S' AND ${HELD}
   ORDER BY c.oid`;

/**
 * The tables and sequences whose rows and values `pg_dump` would take.
 *
 * @param only of a backup of some scopes: the relations that belong to it. Without it all
 */
export async function readRowTables(
  client: pg.Client,
  only?: readonly RelationName[],
): Promise<{ tables: RowTable[]; sequences: RowSequence[] }> {
  const wanted = only === undefined ? undefined : new Set(only.map(keyOf));
  const isWanted = (relation: RelationName): boolean => wanted?.has(keyOf(relation)) !== false;
  const tables = (await client.query<TableRow>(TABLES)).rows.filter(isWanted).map(tableOf);
  const sequences = (await client.query<RowSequence>(SEQUENCES)).rows.filter(isWanted);
  return { tables, sequences };
}

function tableOf({ schema, name, columns, root, extension, condition, ...sizes }: TableRow): RowTable {
  return {
    ...{ schema, name, columns },
    ...(root === null ? {} : { partitionRoot: root }),
    ...(extension === null ? {} : { extension: { name: extension, condition: condition ?? '' } }),
    sizeBytes: Number(sizes.size_bytes),
    pages: Number(sizes.pages),
    isHeap: sizes.is_heap,
  };
}
