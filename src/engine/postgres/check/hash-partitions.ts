import type pg from 'pg';
import { keyOf, qualified, type RelationName } from '../server/relation-name';

const UNDER_HASH = `
  SELECT i::int AS i, (SELECT a.relid FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY a (relid, n)
                   JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = a.relid AND p.partstrat = 'h'
                  ORDER BY n DESC LIMIT 1)::text AS root
    FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS t (name, i)
    JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(name) AND c.relispartition`;

/**
 * Which of some tables are partitions by hash: among those of one group, rows are where the hash of this server says.
 *
 * @returns the group of each, by {@link keyOf}
 */
export async function hashGroups(
  client: pg.Client,
  tables: readonly RelationName[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ i: number; root: string | null }>(UNDER_HASH, [tables.map(qualified)]);
  const groups = new Map<string, string>();
  for (const { i, root } of rows) {
    const table = tables[i - 1];
    if (table !== undefined && root !== null) groups.set(keyOf(table), root);
  }
  return groups;
}
