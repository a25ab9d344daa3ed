import pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import { keyOf, type RelationName } from '../server/relation-name';
import { withConnection } from '../server/connection';
import { compareRows, countRows, type RowComparison, type Sides } from './compare-rows';
import { compareDefinitions, type DefinitionDifference } from './definitions';
import { READING_SETTINGS, TableChangedError } from './table-reading';
import { readShapes, type TableShape } from './table-shape';

/** What became of the comparison of one table. */
export interface TableComparison extends RelationName {
  /** Which database has it; `both` when it could be compared. */
  readonly isIn: 'both' | 'backup' | 'target';
  /** Absent when it could not be read; then `problem` says why. */
  readonly rows?: Partial<RowComparison> | undefined;
  readonly problem?: TableProblem | undefined;
}

/** Why a table could not be read. */
export interface TableProblem {
  readonly reason: 'not_readable' | 'locked' | 'changing' | 'failed';
  readonly sqlState?: string | undefined;
}

/** What is compared. */
export interface ComparisonOrder {
  readonly addresses: Sides<DatabaseAddress>;
  /** Keys that are kept of each kind of difference of a table, and of all tables together. */
  readonly keysKept: number;
  readonly allKeysKept: number;
  readonly onDefinitions: (differences: readonly DefinitionDifference[], tables: number) => Promise<void>;
  readonly onTable: (table: TableComparison) => Promise<void>;
  readonly signal: AbortSignal;
}

const TRIES = 3;

/**
 * Compares two databases of one server, table by table, while both may be written to. Each table is read under a snapshot of its
 * own.
 *
 * @throws the driver's error when a connection is lost, or the signal's reason
 */
export async function compareDatabases(order: ComparisonOrder): Promise<void> {
  const { addresses, signal } = order;
  await withConnection(
    addresses.backup,
    (backup) => withConnection(addresses.target, (target) => compare({ backup, target }, order), signal),
    signal,
  );
}

async function compare(clients: Sides<pg.Client>, order: ComparisonOrder): Promise<void> {
  for (const client of [clients.backup, clients.target]) await client.query(READING_SETTINGS);
  const versions = await clients.target.query<{ num: number }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int AS num`,
  );
  const serverVersionNum = versions.rows[0]?.num ?? 0;
  const shapes = { backup: await readShapes(clients.backup), target: await readShapes(clients.target) };
  const tables = new Map([...shapes.target, ...shapes.backup]);
  await order.onDefinitions(await compareDefinitions(clients), tables.size);
  let keysLeft = order.allKeysKept;
  for (const { schema, name } of [...tables.values()].sort(byName)) {
    order.signal.throwIfAborted();
    const keysKept = Math.min(order.keysKept, Math.floor(keysLeft / 3));
    const key = keyOf({ schema, name });
    const listed = { backup: shapes.backup.get(key), target: shapes.target.get(key) };
    const compared = await compareTable(clients, { schema, name }, listed, { ...order, keysKept, serverVersionNum });
    for (const keys of Object.values(compared.rows?.keys ?? {})) keysLeft -= keys?.length ?? 0;
    await order.onTable(compared);
  }
}

/** Looks at the table anew each time: it may have been altered since all were listed. A lock of another may keep it from that. */
async function compareTable(
  clients: Sides<pg.Client>,
  table: RelationName,
  listed: Sides<TableShape | undefined>,
  how: { readonly serverVersionNum: number; readonly keysKept: number; readonly signal: AbortSignal },
): Promise<TableComparison> {
  let { backup, target } = listed;
  for (let tries = 1; ; tries += 1) {
    try {
      backup = await shapeOf(clients.backup, table);
      target = await shapeOf(clients.target, table);
      if (backup !== undefined && target !== undefined) {
        return { ...table, isIn: 'both', rows: await compareRows(clients, { backup, target }, how) };
      }
      const [client, shape] = backup === undefined ? [clients.target, target] : [clients.backup, backup];
      const count = shape === undefined ? 0 : await countRows(client, shape, how.serverVersionNum, how.signal);
      return backup === undefined
        ? { ...table, isIn: 'target', rows: { rowsInTarget: count, onlyInTarget: count } }
        : { ...table, isIn: 'backup', rows: { rowsInBackup: count, onlyInBackup: count } };
    } catch (error) {
      how.signal.throwIfAborted();
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      if (tries === TRIES || problem.reason === 'not_readable' || problem.reason === 'failed') {
        return { ...table, isIn: isIn(backup, target), problem };
      }
    }
  }
}

async function shapeOf(client: pg.Client, table: RelationName): Promise<TableShape | undefined> {
  return (await readShapes(client, table)).get(keyOf(table));
}

function isIn(backup: TableShape | undefined, target: TableShape | undefined): TableComparison['isIn'] {
  if (backup === undefined) return 'target';
  return target === undefined ? 'backup' : 'both';
}

/** `undefined` for what is not about this table: the server, the connection, or a bug. */
function problemOf(error: unknown): TableProblem | undefined {
  if (error instanceof TableChangedError) return { reason: 'changing' };
  if (!(error instanceof pg.DatabaseError) || error.code === undefined || /^(08|57P)/.test(error.code))
    return undefined;
  const sqlState = error.code;
  if (sqlState === '42501') return { reason: 'not_readable', sqlState };
  if (sqlState === '55P03') return { reason: 'locked', sqlState };
  return { reason: /^(42P01|3F000|42703)$/.test(sqlState) ? 'changing' : 'failed', sqlState };
}

function byName(one: RelationName, other: RelationName): number {
  if (one.schema !== other.schema) return one.schema < other.schema ? -1 : 1;
  return one.name < other.name ? -1 : 1;
}
