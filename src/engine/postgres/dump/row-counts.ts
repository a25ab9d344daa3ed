import pg from 'pg';
import { isAmong, qualified, type RelationName } from '../server/relation-name';
import { inPart } from '../server/transaction-part';

/** An application's entity whose number people want to see. */
export interface EntityKind {
  /** Key in `entity_counts`. */
  readonly key: string;
  /** Table in `public`. */
  readonly table: string;
  /** A column that is true, or 1: only those rows are counted, if the table has it as a boolean or a whole number. */
  readonly activeColumn?: string;
}

/**
 * Counts the rows of some tables, without those of their children.
 *
 * @returns the counts in the order of the tables
 */
export async function countEach(client: pg.Client, tables: readonly RelationName[]): Promise<number[]> {
  if (tables.length === 0) return [];
  const each = tables.map((table, i) => `SELECT ${i} AS i, pg_catalog.count(*) FROM ONLY ${qualified(table)}`);
  const together = await tried(client, async () => {
    const { rows } = await client.query<{ count: string }>(`${each.join(' UNION ALL ')} ORDER BY i`);
    return rows.map(({ count }) => Number(count));
  });
  if (together !== undefined) return together;
  const counts: number[] = [];
  for (const table of tables) counts.push(await countOne(client, table));
  return counts;
}

/**
 * Counts the rows of a table whose indexes, perhaps, call a function with unqualified names in it: already when a statement is
 * planned, its body is read, under the path of the session. Under the empty path that fails, then under the database's own
 * path it may not. `COPY` plans nothing, but sends all of the rows, which are thrown away.
 */
async function countOne(client: pg.Client, table: RelationName): Promise<number> {
  const name = qualified(table);
  return (
    (await plannedCount(client, `FROM ONLY ${name}`)) ?? (await client.query(`COPY ${name} TO STDOUT`)).rowCount ?? 0
  );
}

/**
 * Counts rows under the empty path or, where a definition cannot be read under it, under the database's own.
 *
 * @param from the statement from `FROM` on
 * @returns `undefined` when the statement cannot be planned under either path
 */
export async function plannedCount(client: pg.Client, from: string): Promise<number | undefined> {
  const count = async (): Promise<number> => {
    const { rows } = await client.query<{ count: string }>(`SELECT pg_catalog.count(*) ${from}`);
    return Number(rows[0]?.count);
  };
  const underOwnPath = async (): Promise<number> => {
    await client.query('SET LOCAL search_path TO DEFAULT');
    return count();
  };
  return (await tried(client, count)) ?? (await tried(client, underOwnPath));
}

/** `undefined` when the server cannot plan the statement. */
async function tried<T>(client: pg.Client, work: () => Promise<T>): Promise<T | undefined> {
  return inPart(client, work).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || !isAboutDefinitions(error)) throw error;
    return undefined;
  });
}

/** Not cut off, not full, not forbidden: something that a definition calls is not found or does not do what it should. */
function isAboutDefinitions({ code = '' }: pg.DatabaseError): boolean {
  return !/^(08|25|40|53|54|55|57|58|XX|42501|42P01)/.test(code);
}

/**
 * Counts the entities whose tables exist, without rows of foreign partitions: those are not in the backup, and their server may be away.
 *
 * @param client a connection that sees the snapshot
 * @param only entities of other tables are left out
 */
export async function countEntities(
  client: pg.Client,
  kinds: readonly EntityKind[],
  only?: readonly RelationName[],
): Promise<Record<string, number>> {
  const isWanted = only === undefined ? undefined : isAmong(only);
  const wanted = kinds.filter(({ table }) => isWanted?.({ schema: 'public', name: table }) !== false);
  // bool, int8, int2 and int4, whose numbers are fixed; SCC has its flags as integers.
  const present = await client.query<{ relname: string; flags: string[]; local: RelationName[] }>(
    `SELECT c.relname,
            (WITH RECURSIVE member AS (SELECT c.oid UNION SELECT i.inhrelid FROM member JOIN pg_catalog.pg_inherits i ON i.inhparent = member.oid)
             SELECT coalesce(jsonb_agg(jsonb_build_object('schema', mn.nspname, 'name', m.relname)), '[]') FROM member
               JOIN pg_catalog.pg_class m ON m.oid = member.oid JOIN pg_catalog.pg_namespace mn ON mn.oid = m.relnamespace
              WHERE m.relkind = 'r' AND m.relpersistence <> 't') AS local,
            array(SELECT attname::text FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN (16, 20, 21, 23)) AS flags
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname = ANY ($1)`,
    [wanted.map(({ table }) => table)],
  );
  const foundOf = new Map(present.rows.map((row) => [row.relname, row]));
  const counts: Record<string, number> = {};
  for (const { key, table, activeColumn } of wanted) {
    const found = foundOf.get(table);
    if (found === undefined) continue;
    const { flags, local } = found;
    const isActive = `WHERE ${activeColumn ?? ''}::text IN ('1', 'true')`;
    const isCounted = activeColumn !== undefined && flags.includes(activeColumn) ? isActive : '';
    const each = local.map((name) => `SELECT FROM ONLY ${qualified(name)} ${isCounted}`);
    const counted = each.length === 0 ? 0 : await plannedCount(client, `FROM (${each.join(' UNION ALL ')}) AS local`);
    if (counted !== undefined) counts[key] = counted;
  }
  return counts;
}
