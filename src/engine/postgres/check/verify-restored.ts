import type pg from 'pg';
import type { BackupIndex } from '../../container/read/backup-reader';
import { present } from '../../optional/present';
import { unlessEmpty } from '../../optional/unless-empty';
import { analyzeLocal } from './analyze';
import { hashGroups } from './hash-partitions';
import type { CountedRows } from '../rows/counted-rows';
import { keyOf, qualified, type RelationName } from '../server/relation-name';
import { RestoreError } from '../server/restore-error';
import { countEach } from '../dump/row-counts';

type TableEntry = BackupIndex['tables'][number];

/** Names that are given in an error; the count of all is given too. */
const NAMES_SHOWN = 10;

const TABLES_A_STATEMENT = 50;

/** Progress of a check: statistics are gathered, then rows counted. */
interface VerifyProgress {
  readonly phase: 'analyze' | 'count';
  readonly bytesDone: number;
  /** Absent where it cannot be known. */
  readonly bytesTotal?: number;
}

/** How a loaded database is compared. */
export interface VerifyOptions {
  /** Told of the bytes of the tables that are counted. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Of the load: a table that has got all its rows by it is not counted once more. */
  readonly counted?: CountedRows | undefined;
}

/**
 * Gathers statistics, without which the first morning after a restore is slow, and compares a loaded database with the manifest: every
 * table is there and has as many rows as the snapshot had. The order saves half of the counting: by its statistics the server knows
 * that rows which were loaded with `FREEZE` can be counted in an index alone.
 *
 * @param client connected to the loaded database
 * @returns how much was compared
 * @throws RestoreError `integrity_violation` that names the tables
 */
export async function verifyRestored(
  client: pg.Client,
  index: BackupIndex,
  signal: AbortSignal,
  { onProgress = () => undefined, counted }: VerifyOptions = {},
): Promise<{ tables: number; rows: number; tables_without_statistics?: string[] }> {
  // What an extension has put into its own table is not counted in the backup.
  const tables = index.tables.filter(({ extension }) => extension === undefined);
  onProgress({ phase: 'analyze', bytesDone: 0 });
  const unknown = await analyzeLocal(client, signal);
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
    // The rows of partitions by hash have been copied into another table, which says where they are.
    const isCounted = (table: TableEntry): boolean =>
      table.rows > 0 && counted?.of(table) === table.rows && !groups.has(keyOf(table));
    const [known, others] = [there.filter(isCounted), there.filter((table) => !isCounted(table))];
    const found = new Map((await countEach(client, others)).map((count, i) => [others[i], count]));
    for (const table of known) found.set(table, table.rows);
    for (const table of some) counts.add(table, found.get(table));
  }
  await client.query('RESET search_path');
  const wrong = counts.wrong();
  if (wrong.length > 0) {
    throw new RestoreError('integrity_violation', 'Tables do not have the rows that the backup counted.', {
      tables: wrong.slice(0, NAMES_SHOWN),
      table_count: wrong.length,
    });
  }
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
