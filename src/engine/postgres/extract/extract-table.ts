import type { BackupReader } from '../../container/read/backup-reader';
import { counted } from '../../bytes/counted';
import { requireSameColumns } from './column-order';
import { lcMonetaryOf } from './amounts-setting';
import type { RowPiece } from './row-piece';
import { findTable, type FoundTable, type TableOrder } from './table-rows';
import { copyText, csvText, sqlText, type TableFormat } from './table-text';

/** Which rows are wanted, and how. */
interface ExtractOrder extends TableOrder {
  readonly format: TableFormat;
  /** Told of the bytes of COPY text that are read. */
  readonly onBytes: (bytes: number) => void;
}

/** The rows of a table, ready to be read. */
interface ExtractedTable extends Omit<FoundTable, 'pieces' | 'parts'> {
  /** The rows in the format that was ordered. They are whole only when it has ended without an error. */
  readonly text: AsyncIterable<Buffer>;
}

/**
 * Finds a table of a backup, whatever its version, and gives its rows.
 *
 * @throws TableChoiceError; ToolVersionError; ContainerError
 */
export async function extractTable(reader: BackupReader, order: ExtractOrder): Promise<ExtractedTable> {
  const { parts, pieces, ...found } = await findTable(reader, order);
  if (order.format !== 'sql') requireSameColumns(parts);
  const into = { into: found.table, columns: parts[0]?.columns };
  return { ...found, text: await textOf(reader, order.format, into, watched(pieces, order.onBytes)) };
}

async function textOf(
  reader: BackupReader,
  format: TableFormat,
  { into, columns }: { readonly into: FoundTable['table']; readonly columns: readonly string[] | undefined },
  pieces: AsyncIterable<RowPiece>,
): Promise<AsyncIterable<Buffer>> {
  if (format === 'copy') return copyText(pieces, columns);
  return format === 'csv' ? csvText(pieces, columns) : sqlText(pieces, into, await lcMonetaryOf(reader));
}

async function* watched(
  pieces: AsyncIterable<RowPiece>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<RowPiece, void, undefined> {
  for await (const piece of pieces) yield { ...piece, chunks: counted(piece.chunks, onBytes) };
}
