import { ContainerError } from '../../container/format/container-error';
import type { RelationName } from '../server/relation-name';

/** Rows of one table as the text of COPY. */
export interface RowPiece {
  readonly table: RelationName;
  /** Names of the columns, in the order of the text. */
  readonly columns: readonly string[];
  /** Encoding of the text, by PostgreSQL's name. */
  readonly encoding: string;
  /** Whole lines. All of them have to be read before the next piece is asked for. */
  readonly chunks: AsyncIterable<Buffer>;
}

const NEWLINE = 0x0a;

/**
 * The same chunks, whose rows are counted.
 *
 * @param expected how many the index says; `undefined`: it does not say
 * @throws ContainerError `index_mismatch` at the end, when there are more or fewer, or the last row has no end
 */
export async function* countedRows(
  chunks: AsyncIterable<Buffer>,
  table: RelationName,
  expected: number | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  let rows = 0;
  let last = NEWLINE;
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1;
    last = chunk.at(-1) ?? last;
    yield chunk;
  }
  if ((expected ?? rows) === rows && last === NEWLINE) return;
  const found = last === NEWLINE ? `${rows} rows` : `${rows} rows and a part of one`;
  const message = `Table ${table.schema}.${table.name} has ${found} where the index says ${expected ?? 'nothing'}.`;
  throw new ContainerError('index_mismatch', message);
}
