import type pg from 'pg';
import type { BackupIndex } from '../../container/read/backup-reader';
import { present } from '../../optional/present';
import { unlessEmpty } from '../../optional/unless-empty';
import { analyzeLocal } from './analyze';
import { hashGroups } from './hash-partitions';
import { keyOf, qualified, type RelationName } from '../server/relation-name';
import { RestoreError } from '../server/restore-error';
import { countEach } from '../dump/row-counts';

/** Names that are given in an error; the count of all is given too. */
const NAMES_SHOWN = 10;

const TABLES_A_STATEMENT = 50;

/** Progress of a check: rows are counted, then statistics gathered. */
interface VerifyProgress {
  readonly phase: 'count' | 'analyze';
  readonly bytesDone: number;
  /** Absent where it cannot be known. */
  readonly bytesTotal?: number;
}

/**
 * Compares a loaded database with the manifest: every table is there and has as many rows as the snapshot had; then
 * gathers statistics, without which the first morning after a restore is slow.
 *
 * @param client connected to the loaded database
 * @param onProgress told of the bytes of the tables that are counted
 * @returns how much was compared
 * @throws RestoreError `integrity_violation` that names the tables
 */
export async function verifyRestored(
  client: pg.Client,
  index: BackupIndex,
  signal: AbortSignal,
  onProgress: (progress: VerifyProgress) => void = () => undefined,
): Promise<{ tables: number; rows: number; tables_without_statistics?: string[] }> {
  // What an extension has put into its own table is not counted in the backup.
  const tables = index.tables.filter(({ extension }) => extension === undefined);
  const bytesTotal = sizeOf(tables);
  let bytesDone = 0;
  // Policies that hide rows from the owner would look like lost rows.
  await client.query(`SET search_path = ''; SET row_security = off`);
  const groups = await hashGroups(client, tables);
  const counts = new RowComparison(groups);
  for (let from = 0; from < tables.length; from += TABLES_A_STATEMENT) {
    signal.throwIfAborted();
    const some = tables.slice(from, from + TABLES_A_STATEMENT);
    onProgress({ phase: 'count', bytesDone, bytesTotal });
    bytesDone += sizeOf(some);
    const there = await existing(client, some);
    const found = new Map((await countEach(client, there)).map((count, i) => [there[i], count]));
    for (const table of some) counts.add(table, found.get(table));
  }
  const wrong = counts.wrong();
  if (wrong.length > 0) {
    throw new RestoreError('integrity_violation', 'Tables do not have the rows that the backup counted.', {
      tables: wrong.slice(0, NAMES_SHOWN),
      table_count: wrong.length,
    });
  }
  onProgress({ phase: 'analyze', bytesDone: 0 });
  // Statistics of an index over an expression are gathered by the application's functions.
  await client.query('RESET search_path');
  const unknown = await analyzeLocal(client, signal);
  return {
    ...{ tables: tables.length, rows: counts.rows },
    ...present({ tables_without_statistics: unlessEmpty(unknown.slice(0, NAMES_SHOWN)) }),
  };
}

/** Compares numbers of rows: those of partitions by hash together, since each row is where this server's hash says. */
class RowComparison {
  rows = 0;
  private readonly differing = new Map<string, { difference: number; isMissing: boolean; names: string[] }>();

  constructor(private readonly groups: ReadonlyMap<string, string>) {}

  /** @param found `undefined` when the table is not there */
  add(table: RelationName & { readonly rows: number }, found: number | undefined): void {
    this.rows += found ?? 0;
    if (found === table.rows) return;
    const group = this.groups.get(keyOf(table)) ?? keyOf(table);
    const entry = this.differing.get(group) ?? { difference: 0, isMissing: false, names: [] };
    entry.difference += (found ?? 0) - table.rows;
    entry.isMissing ||= found === undefined;
    entry.names.push(`${table.schema}.${table.name}`);
    this.differing.set(group, entry);
  }

  /** The tables that do not have their rows. */
  wrong(): string[] {
    const wrong = [...this.differing.values()].filter(({ difference, isMissing }) => difference !== 0 || isMissing);
    return wrong.flatMap(({ names }) => names).sort();
  }
}

function sizeOf(tables: readonly { readonly bytes: number }[]): number {
  return tables.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function existing<T extends RelationName>(client: pg.Client, tables: readonly T[]): Promise<T[]> {
  const { rows } = await client.query<{ is_there: boolean }>(
    'SELECT to_regclass(name) IS NOT NULL AS is_there FROM unnest($1::text[]) WITH ORDINALITY AS t (name, i) ORDER BY i',
    [tables.map(qualified)],
  );
  return tables.filter((_, i) => rows[i]?.is_there === true);
}
