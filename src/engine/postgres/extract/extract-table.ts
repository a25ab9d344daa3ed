import { areRowsCopied } from '../../container/format/row-parts';
import type { BackupReader } from '../../container/read/backup-reader';
import { counted } from '../../bytes/counted';
import { mayHoldAmounts } from '../archive/amounts';
import { archiveEntries } from '../archive/archive-toc';
import { tablesIn } from '../archive/data-tables';
import type { RelationName } from '../server/relation-name';
import type { PostgresTools } from '../server/tools';
import { archivedRows } from './archived-rows';
import { requireSameColumns } from './column-order';
import { copiedBytes, copiedRows, type TableRows } from './copied-rows';
import type { RowPiece } from './row-piece';
import { type ChoosableTable, chooseTable } from './table-choice';
import { copyText, csvText, sqlText, type TableFormat } from './table-text';

/** A table of a backup. Files of version 1 say only its name. */
type KnownTable = TableRows & ChoosableTable & { readonly rows?: number };

/** Which rows are wanted, and how. */
interface TableOrder {
  /** `schema.table` or `table`, quoted as in SQL. */
  readonly written: string;
  readonly format: TableFormat;
  /** Asked for where rows are in archives. */
  readonly tools: () => Promise<PostgresTools>;
  /** Told of the bytes of COPY text that are read. */
  readonly onBytes: (bytes: number) => void;
}

/** The rows of a table, ready to be read. */
interface ExtractedTable {
  readonly table: RelationName;
  /** As the index says; `undefined`: it does not say. */
  readonly rows: number | undefined;
  /** Of the rows, by PostgreSQL's name; `undefined`: only the archive says. */
  readonly encoding: string | undefined;
  /** Of COPY text, 0 when it is not known. */
  readonly bytes: number;
  /** The rows in the format that was ordered. They are whole only when it has ended without an error. */
  readonly text: AsyncIterable<Buffer>;
}

/**
 * Finds a table of a backup, whatever its version, and gives its rows.
 *
 * @throws TableChoiceError; ToolVersionError; ContainerError
 */
export async function extractTable(reader: BackupReader, order: TableOrder): Promise<ExtractedTable> {
  const { isListed, index } = reader;
  const chosen = chooseTable(order.written, await tablesOf(reader));
  const { schema, name, parts } = chosen;
  const rows = isListed ? parts.reduce((sum, table) => sum + (table.rows ?? 0), 0) : undefined;
  if (order.format !== 'sql') requireSameColumns(parts);
  const areCopied = areRowsCopied(index);
  const pieces = areCopied ? copiedRows(reader, parts) : archivedRows(reader, chosen, rows, await order.tools());
  return {
    ...{ table: { schema, name }, rows },
    encoding: isListed ? index.database.encoding : undefined,
    bytes: areCopied ? copiedBytes(parts) : 0,
    text: await textOf(
      reader,
      order.format,
      { into: chosen, columns: parts[0]?.columns },
      watched(pieces, order.onBytes),
    ),
  };
}

async function tablesOf(reader: BackupReader): Promise<readonly KnownTable[]> {
  return reader.isListed ? reader.index.tables : tablesIn(reader.readStream(reader.schemaStream));
}

async function textOf(
  reader: BackupReader,
  format: TableFormat,
  { into, columns }: { readonly into: RelationName; readonly columns: readonly string[] | undefined },
  pieces: AsyncIterable<RowPiece>,
): Promise<AsyncIterable<Buffer>> {
  if (format === 'copy') return copyText(pieces, columns);
  return format === 'csv' ? csvText(pieces, columns) : sqlText(pieces, into, await lcMonetaryOf(reader));
}

/** Only amounts need it, and another server may not have it. */
async function lcMonetaryOf(reader: BackupReader): Promise<string | undefined> {
  const { lc_monetary: written } = reader.index.database;
  if (written === undefined) return undefined;
  for await (const entry of archiveEntries(reader.readStream(reader.schemaStream))) {
    if (mayHoldAmounts(entry)) return written;
  }
  return undefined;
}

async function* watched(
  pieces: AsyncIterable<RowPiece>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<RowPiece, void, undefined> {
  for await (const piece of pieces) yield { ...piece, chunks: counted(piece.chunks, onBytes) };
}
