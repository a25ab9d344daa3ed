import type pg from 'pg';
import { keyOf, type RelationName } from '../server/relation-name';

interface PartitionRow {
  readonly schema: string;
  readonly name: string;
  readonly top_schema: string;
  readonly top_name: string;
}

// The ancestors come from the table itself upwards.
const PARTITIONS = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, tn.nspname::text AS top_schema, tc.relname::text AS top_name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
         LATERAL (SELECT a.relid FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY AS a (relid, i)
                    JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = a.relid AND p.partstrat = 'h'
                   ORDER BY a.i DESC LIMIT 1) AS top
    JOIN pg_catalog.pg_class tc ON tc.oid = top.relid JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
   WHERE c.relispartition AND c.relkind = 'r'`;

/**
 * Finds where rows of hash partitions go: into the table that is partitioned. Which partition a row is in may depend on numbers
 * that the server gives out anew, those of an enum's values for instance.
 */
export async function hashRoots(client: pg.Client): Promise<(table: RelationName) => RelationName> {
  const { rows } = await client.query<PartitionRow>(PARTITIONS);
  const tops = new Map(rows.map((row) => [keyOf(row), { schema: row.top_schema, name: row.top_name }]));
  return (table) => tops.get(keyOf(table)) ?? table;
}
