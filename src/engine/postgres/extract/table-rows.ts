import { areRowsCopied } from '../../container/format/row-parts';
import type { BackupReader } from '../../container/read/backup-reader';
import { endedBy } from '../../container/read/ended-by';
import { tablesIn } from '../archive/data-tables';
import type { RelationName } from '../server/relation-name';
import type { PostgresTools } from '../server/tools';
import { archivedRows } from './archived-rows';
import { copiedBytes, copiedRows, type TableRows } from './copied-rows';
import type { RowPiece } from './row-piece';
import { type ChoosableTable, chooseTable } from './table-choice';

/** A table of a backup. Files of version 1 say only its name. */
type KnownTable = TableRows & ChoosableTable & { readonly rows?: number };

/** Which table is wanted, and what it is read with. */
export interface TableOrder {
  /** `schema.table` or `table`, quoted as in SQL. */
  readonly written: string;
  /** Asked for where rows are in archives. */
  readonly tools: () => Promise<PostgresTools>;
  /** Ends every reading. */
  readonly signal?: AbortSignal | undefined;
}

/** The rows of a table, ready to be read. */
export interface FoundTable {
  readonly table: RelationName;
  /** The table itself, or all partitions of a partitioned one. */
  readonly parts: readonly KnownTable[];
  /** As the index says; `undefined`: it does not say. */
  readonly rows: number | undefined;
  /** Of the rows, by PostgreSQL's name; `undefined`: only the archive says. */
  readonly encoding: string | undefined;
  /** Of COPY text, 0 when it is not known. */
  readonly bytes: number;
  /** To be read once. They are whole only when they have ended without an error. */
  readonly pieces: AsyncIterable<RowPiece>;
}

/**
 * Finds a table of a backup, whatever its version, and its rows.
 *
 * @throws TableChoiceError; ToolVersionError; ContainerError; the signal's reason
 */
export async function findTable(given: BackupReader, { written, tools, signal }: TableOrder): Promise<FoundTable> {
  const reader = signal === undefined ? given : endedBy(given, signal);
  const { isListed, index, schemaStream } = reader;
  const known: readonly KnownTable[] = isListed ? index.tables : await tablesIn(reader.readStream(schemaStream));
  const chosen = chooseTable(written, known);
  const { schema, name, parts } = chosen;
  const rows = isListed ? parts.reduce((sum, table) => sum + (table.rows ?? 0), 0) : undefined;
  const areCopied = areRowsCopied(index);
  return {
    ...{ table: { schema, name }, parts, rows },
    encoding: isListed ? index.database.encoding : undefined,
    bytes: areCopied ? copiedBytes(parts) : 0,
    pieces: areCopied ? copiedRows(reader, parts) : archivedRows(reader, chosen, rows, await tools()),
  };
}
