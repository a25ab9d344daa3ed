import pg from 'pg';
import { END_OF_ROWS, noEndMarks } from '../rows/no-end-marks';
import { ROW_SETTINGS } from '../rows/load-stream';
import { qualified, type RelationName } from '../server/relation-name';
import { inColumnOrder } from './column-order';
import { csvRows, csvValue } from './csv-rows';
import { encodedName } from './encoded-name';
import type { RowPiece } from './row-piece';

/** Formats in which rows are given to other programs. */
export const TABLE_FORMATS = ['copy', 'csv', 'sql'] as const;

export type TableFormat = (typeof TABLE_FORMATS)[number];

const NEWLINE = Buffer.from('\n');

/**
 * Rows as the text of COPY.
 *
 * @param order names of the columns; by default as the first piece has them
 */
export async function* copyText(
  pieces: AsyncIterable<RowPiece>,
  order?: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  let columns = order;
  for await (const piece of pieces) {
    columns ??= piece.columns;
    yield* inColumnOrder(piece.chunks, piece.columns, columns);
  }
}

/**
 * Rows as CSV under a line with the names of the columns.
 *
 * @param order as for {@link copyText}
 */
export async function* csvText(
  pieces: AsyncIterable<RowPiece>,
  order?: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  let columns = order;
  let isFirst = true;
  for await (const piece of pieces) {
    columns ??= piece.columns;
    if (isFirst) yield csvHeading(columns, piece.encoding);
    isFirst = false;
    const rows = inColumnOrder(piece.chunks, piece.columns, columns);
    // Without columns each row is an empty line, and no value.
    yield* columns.length === 0 ? rows : csvRows(rows);
  }
}

/**
 * Rows as statements for `psql`. They are one transaction: when the text ends early, nothing of it stays.
 *
 * @param into the table that all rows go into
 * @param lcMonetary under which amounts were written, if there are any
 */
export async function* sqlText(
  pieces: AsyncIterable<RowPiece>,
  into: RelationName,
  lcMonetary: string | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const settings = lcMonetary === undefined ? '' : `SET lc_monetary TO ${pg.escapeLiteral(lcMonetary)};\n`;
  // Names are in UTF-8. The rows have their own encoding, which each COPY names.
  yield Buffer.from(`SET client_encoding TO 'UTF8';\n${ROW_SETTINGS.trim()};\n${settings}BEGIN;\n`);
  yield* rowStatements(pieces, into);
  yield Buffer.from('COMMIT;\n');
}

/**
 * A COPY for each piece of rows, as text for `psql`, in a session whose encoding is UTF-8.
 *
 * @param into the table that all rows go into
 */
export async function* rowStatements(
  pieces: AsyncIterable<RowPiece>,
  into: RelationName,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const { columns, encoding, chunks } of pieces) {
    const names = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
    const list = names === '' ? '' : ` (${names})`;
    yield Buffer.from(`COPY ${qualified(into)}${list} FROM stdin WITH (ENCODING ${pg.escapeLiteral(encoding)});\n`);
    yield* noEndMarks(chunks);
    yield END_OF_ROWS;
  }
}

function csvHeading(columns: readonly string[], encoding: string): Buffer {
  const names = columns.flatMap((column, i) => [
    ...(i === 0 ? [] : [Buffer.from(',')]),
    csvValue(encodedName(column, encoding)),
  ]);
  return Buffer.concat([...names, NEWLINE]);
}
