import type pg from 'pg';
import type { DumpTable } from './dump-plan';
import { qualified } from './snapshot';

/** Rows of one table at the moment of the snapshot. */
export interface TableCount {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
  /** Size on disk, bytes. */
  readonly bytes: number;
}

/** An application's entity whose number people want to see. */
export interface EntityKind {
  /** Key in `entity_counts`. */
  readonly key: string;
  /** Table in `public`. */
  readonly table: string;
  /** A boolean column: only the rows where it is true are counted, if the table has it. */
  readonly activeColumn?: string;
}

/**
 * Counts the rows of every table, one after the other.
 *
 * @param client a connection that sees the snapshot
 */
export async function countRows(
  client: pg.Client,
  tables: readonly DumpTable[],
  signal: AbortSignal,
): Promise<TableCount[]> {
  const counts: TableCount[] = [];
  for (const table of tables) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ONLY ${qualified(table)}`);
    counts.push({ schema: table.schema, name: table.name, rows: Number(rows[0]?.count), bytes: table.sizeBytes });
  }
  return counts;
}

/**
 * Counts the entities whose tables exist.
 *
 * @param client a connection that sees the snapshot
 * @param only names of tables in `public`: entities of others are left out
 */
export async function countEntities(
  client: pg.Client,
  kinds: readonly EntityKind[],
  only?: readonly string[],
): Promise<Record<string, number>> {
  const wanted = kinds.filter(({ table }) => only === undefined || only.includes(table));
  const columns = await client.query<{ relname: string; booleans: string[] }>(
    `SELECT c.relname,
            array(SELECT attname::text FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'bool'::pg_catalog.regtype) AS booleans
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname = ANY ($1)`,
    [wanted.map(({ table }) => table)],
  );
  const booleansOf = new Map(columns.rows.map(({ relname, booleans }) => [relname, booleans]));
  const counts: Record<string, number> = {};
  for (const { key, table, activeColumn } of wanted) {
    const booleans = booleansOf.get(table);
    if (booleans === undefined) continue;
    const isCounted = activeColumn !== undefined && booleans.includes(activeColumn) ? `WHERE ${activeColumn}` : '';
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*) FROM ${qualified({ schema: 'public', name: table })} ${isCounted}`,
    );
    counts[key] = Number(rows[0]?.count);
  }
  return counts;
}
