import type pg from 'pg';
import type { BackupReader } from '../../container/read/backup-reader';
import type { Archive } from '../archive/archive';
import type { CopyStatement } from '../archive/archive-text';
import { isAmong, keyOf, qualified, type RelationName } from '../server/relation-name';
import { dropForeignKeys, foreignKeysOf, recreateForeignKeys } from './foreign-keys';
import { ownPath, setPath } from './own-path';
import type { RootOf } from '../archive/partition-roots';
import { replay } from './replay';
import { areRowsCopied } from '../../container/format/row-parts';
import { rowTurn, turnOf, turnsIn } from './row-turns';
import { RestoreError } from '../server/restore-error';
import { readScopeTables, type ScopeTable } from '../dump/scope-tables';
import { loadInTransaction } from '../rows/load-in-transaction';
import { setSequences } from '../rows/set-sequences';
import { tableOwners } from './table-owners';
import { sequenceFilter, sequencesOf } from './sequence-filter';
import type { PostgresTools } from '../server/tools';
import { disableEventTriggers, disableUserTriggers, unforcePolicies } from './user-triggers';

/** Some tables of a backup that go into a live database. */
export interface ScopedLoad {
  /** In a transaction, which the caller commits or rolls back. */
  readonly client: pg.Client;
  readonly archive: Archive;
  readonly tools: PostgresTools;
  readonly scopeTables: readonly RelationName[];
  readonly onBytes: (bytes: number) => void;
  /** All rows are in, and the foreign keys are made again. */
  readonly onPostData: () => void;
  readonly signal: AbortSignal;
}

/** What was loaded. */
export interface ScopedResult {
  readonly tables: number;
  readonly foreign_keys: number;
}

/**
 * Replaces the rows of the scope by those of the backup: triggers off, foreign keys from and to the tables dropped, tables
 * emptied, rows loaded, sequences set, foreign keys made again, triggers on. Rows are loaded under the application's `search_path`. The schema stays what it is: columns that
 * the backup does not have take their defaults, rows go to whatever partitions there are now. Tables that the backup
 * does not have are left alone.
 *
 * @throws RestoreError `incompatible_version` for columns or tables that the database does not have, `integrity_violation`;
 *   the driver's error, ToolError, ContainerError, or the signal's reason
 */
export async function loadScope(order: ScopedLoad): Promise<ScopedResult> {
  const { client, archive, scopeTables, signal } = order;
  // As the beginning of an archive says, of which only values of sequences are run.
  await client.query(`SET LOCAL search_path = ''; SET LOCAL row_security = off; SET LOCAL xmloption = content`);
  const { rootOf } = await archive.contents();
  const dumped = new Set((await archive.dataTables()).map((table) => keyOf(rootOf(table))));
  const present = await readScopeTables(client, scopeTables);
  const tables = present.filter(({ root }) => dumped.has(keyOf(root)));
  const leaves = tables.filter(({ kind }) => kind === 'r').map(qualified);
  const all = tables.map(qualified);

  const restoreEventTriggers = await disableEventTriggers(client);
  const keys = await foreignKeysOf(client, all);
  const restorePolicies = await unforcePolicies(client, all);
  const restoreTriggers = await disableUserTriggers(client, all);
  await dropForeignKeys(client, keys);
  if (leaves.length > 0) await client.query(`TRUNCATE ${leaves.map((name) => `ONLY ${name}`).join(', ')}`);
  await loadRows(order, tables, rootOf);
  order.onPostData();
  await recreateForeignKeys(client, keys);
  await restoreTriggers();
  await checkCounts(client, archive.reader, tables, rootOf);
  await restorePolicies();
  await restoreEventTriggers();
  signal.throwIfAborted();
  if (leaves.length > 0) await client.query(`ANALYZE ${leaves.join(', ')}`);
  return { tables: leaves.length, foreign_keys: keys.length };
}

async function loadRows(order: ScopedLoad, tables: readonly ScopeTable[], rootOf: RootOf): Promise<void> {
  const { client, archive, tools, onBytes, signal } = order;
  const present = new Map(tables.map((table) => [keyOf(table), table]));
  const isAsked = isAmong(order.scopeTables);
  const into = (copy: CopyStatement): RelationName | undefined => {
    const table = present.get(keyOf(copy)) ?? present.get(keyOf(rootOf(copy)));
    // Partitions may have other bounds now, and which hash partition a row is in depends on the database.
    if (table !== undefined) return withColumns(present.get(keyOf(table.root)) ?? table, copy);
    const root = rootOf(copy);
    if (!isAsked(root)) return undefined;
    throw new RestoreError('incompatible_version', `The target lacks the table ${root.schema}.${root.name}.`, {
      missing_tables: [`${root.schema}.${root.name}`],
    });
  };
  const names = tables.map(qualified);
  const filterSql = await sequenceFilter(client, names);
  const path = await ownPath(client);
  const ownerOf = await tableOwners(client);
  // A check may look at the rows of another table.
  const { late } = await archive.contents();
  const { reader } = archive;
  const isCopied = areRowsCopied(reader.index);
  for (const turn of turnsIn(late)) {
    if (isCopied) {
      await setPath(client, path);
      const find = (table: TableEntry): RelationName | undefined =>
        turnOf(table, late) === turn ? into({ ...table, columns: table.columns ?? [] }) : undefined;
      await loadInTransaction({ client, reader, into: find, ownerOf, onBytes: turn === 0 ? onBytes : ignored, signal });
      continue;
    }
    for (const { name, kind } of reader.index.streams) {
      if (kind !== 'data') continue;
      const rows = await rowTurn(() => archive.reader.readStream(name, { signal }), late, turn, onBytes);
      if (rows !== undefined) await replay({ client, tools, archive: rows, into, filterSql, path, signal });
    }
  }
  await setPath(client, '');
  const isOfScope = isAmong(await sequencesOf(client, names));
  await setSequences(client, reader.index, isOfScope);
}

type TableEntry = BackupReader['index']['tables'][number];

function withColumns(table: ScopeTable, copy: CopyStatement): RelationName {
  const missing = copy.columns.filter((column) => !table.columns.includes(column));
  if (missing.length === 0) return table;
  throw new RestoreError(
    'incompatible_version',
    `The target lacks columns of the backup: ${missing.map((column) => `${copy.name}.${column}`).join(', ')}.`,
    { table: `${copy.schema}.${copy.name}`, missing_columns: missing },
  );
}

/** Partitions may have changed since: what counts is how many rows all of a table has. */
async function checkCounts(
  client: pg.Client,
  reader: BackupReader,
  tables: readonly ScopeTable[],
  rootOf: RootOf,
): Promise<void> {
  // Without the rows of foreign partitions, which are not in the backup, and whose server may be away.
  const loaded = Map.groupBy(
    tables.filter(({ kind }) => kind === 'r'),
    ({ root }) => keyOf(root),
  );
  const expected = new Map<string, number>();
  const scope = new Map(tables.map(({ root }) => [keyOf(root), root]));
  for (const table of reader.index.tables) {
    const key = keyOf(rootOf(table));
    if (scope.has(key)) expected.set(key, (expected.get(key) ?? 0) + table.rows);
  }
  const wrong: string[] = [];
  for (const [key, count] of expected) {
    let present = 0;
    for (const table of loaded.get(key) ?? []) {
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ONLY ${qualified(table)}`);
      present += Number(rows[0]?.count);
    }
    const root = scope.get(key);
    if (root !== undefined && present !== count) wrong.push(`${root.schema}.${root.name}`);
  }
  if (wrong.length === 0) return;
  throw new RestoreError('integrity_violation', 'Tables do not have the rows that the backup counted.', {
    tables: wrong,
  });
}

function ignored(): void {}
