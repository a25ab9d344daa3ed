import pg from 'pg';
import type { BackupIndex } from '../../container/read/backup-reader';
import type { RowPart } from '../../container/format/row-parts';
import { counted } from '../../bytes/counted';
import { qualified, type RelationName } from '../server/relation-name';
import { RestoreError } from '../server/restore-error';
import type { CountedRows } from './counted-rows';
import { StreamCutter } from './stream-cutter';
import { TablesUnderWay } from './tables-under-way';

type TableEntry = BackupIndex['tables'][number];

/** Rows of a table in a stream. */
export interface LoadPart {
  readonly table: TableEntry;
  readonly part: RowPart;
}

/** Where rows go: a connection that does nothing else meanwhile. */
interface RowSink {
  /** @returns the rows that the server has counted */
  copyIn(statement: string, chunks: AsyncIterable<Buffer>): Promise<number>;
  /** Runs a statement. */
  run(statement: string): Promise<unknown>;
  /** Takes the role under which rows are loaded into a relation, until it is to take another one. */
  takeRoleFor(into: RelationName): Promise<void>;
}

/** How the parts of a stream are loaded. */
export interface StreamLoad {
  readonly sink: RowSink;
  readonly chunks: AsyncIterable<Buffer>;
  /** In the order of the stream. What belongs to none of them is passed over. */
  readonly parts: readonly LoadPart[];
  /** Encoding of the text, by PostgreSQL's name. */
  readonly encoding: string;
  /** The relation that the rows of a table are copied into; `undefined`: they are passed over. */
  readonly into: (table: TableEntry) => RelationName | undefined;
  /** The table is empty, no other session uses it, and the sink is in no transaction: its rows may be frozen at once. */
  readonly mayFreeze: boolean;
  /** Counts what is loaded of each table. */
  readonly tables?: TablesUnderWay | undefined;
  /** Gets the rows of each part when they are in the table. */
  readonly counted?: CountedRows | undefined;
  readonly signal: AbortSignal;
}

/** What an archive of rows begins with. The `search_path` is the database's own: code that runs on loading expects it. */
export const ROW_SETTINGS = `
  SET row_security = off; SET xmloption = content; SET check_function_bodies = off; SET client_min_messages = warning`;

/** Tables with fewer rows are not vacuumed for what has been inserted (`autovacuum_vacuum_insert_threshold`). */
const WORTH_FREEZING_ROWS = 1_000;

/** The parts of each stream of rows, in the order in which they lie in it. */
export function partsByStream({ tables }: BackupIndex): ReadonlyMap<string, readonly LoadPart[]> {
  const all = tables.flatMap((table) => (table.parts ?? []).map((part) => ({ table, part })));
  const byStream = Map.groupBy(all, ({ part }) => part.stream);
  for (const parts of byStream.values())
    parts.sort((a, b) => a.part.offset - b.part.offset || a.part.size - b.part.size);
  return byStream;
}

/** The tables of a backup whose rows were copied, before any is loaded; `undefined` where they lie in archives. */
export function tablesToLoad({ tables }: BackupIndex): TablesUnderWay | undefined {
  if (tables.every(({ parts }) => parts === undefined)) return undefined;
  return new TablesUnderWay(
    tables.map(({ schema, name, parts = [] }) => ({
      ...{ schema, name },
      sizeBytes: parts.reduce((sum, { size }) => sum + size, 0),
      // An empty part is passed over.
      parts: parts.filter(({ size }) => size > 0).length,
    })),
  );
}

/**
 * Loads the parts of one stream, one after the other.
 *
 * @throws RestoreError `integrity_violation` when the server counts other rows than the index; the driver's error, ContainerError, or
 *   the signal's reason
 */
export async function loadStream(load: StreamLoad): Promise<void> {
  const cutter = new StreamCutter(load.chunks);
  try {
    let position = 0;
    for (const { table, part } of load.parts) {
      load.signal.throwIfAborted();
      await cutter.skip(part.offset - position);
      position = part.offset + part.size;
      const into = part.size === 0 ? undefined : load.into(table);
      if (into === undefined) await cutter.skip(part.size);
      else {
        const rows = counted(cutter.take(part.size), (bytes) => load.tables?.add(table, bytes));
        await loadPart(load, { table, part }, into, rows);
        load.counted?.add(table, part.rows);
        load.tables?.endPart(table);
      }
    }
    await cutter.finish();
  } finally {
    await cutter.close();
  }
}

async function loadPart(
  { sink, encoding, mayFreeze }: StreamLoad,
  { table, part }: LoadPart,
  into: RelationName,
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  const isFrozen = mayFreeze && isFreezable(table, into, part);
  // Each time: code that has run since may have taken another one.
  await sink.takeRoleFor(into);
  // Only what this transaction has emptied can be frozen.
  if (isFrozen) await sink.run(`BEGIN; TRUNCATE ONLY ${qualified(into)}`);
  const rows = await sink.copyIn(copyInStatement(table, into, encoding, isFrozen), chunks);
  if (rows !== part.rows) {
    const details = { tables: [`${table.schema}.${table.name}`], rows, expected_rows: part.rows };
    throw new RestoreError('integrity_violation', 'Tables do not have the rows that the backup counted.', details);
  }
  if (isFrozen) await sink.run('COMMIT');
}

/** What an extension has put into its table is no part of the backup, and partitions of others cannot be told beforehand. */
function isFreezable(table: TableEntry, into: RelationName, part: RowPart): boolean {
  const isOwn = into.schema === table.schema && into.name === table.name;
  return isOwn && table.extension === undefined && part.rows === table.rows && part.rows >= WORTH_FREEZING_ROWS;
}

/**
 * The statement that copies rows of a table in.
 *
 * @param encoding of the rows, by PostgreSQL's name
 * @param isFrozen they need no vacuum; only in a transaction that has emptied the table
 */
export function copyInStatement(table: TableEntry, into: RelationName, encoding: string, isFrozen = false): string {
  const columns = (table.columns ?? []).map((column) => pg.escapeIdentifier(column)).join(', ');
  const options = [...(isFrozen ? ['FREEZE'] : []), `ENCODING ${pg.escapeLiteral(encoding)}`];
  return `COPY ${qualified(into)}${columns === '' ? '' : ` (${columns})`} FROM STDIN (${options.join(', ')})`;
}
