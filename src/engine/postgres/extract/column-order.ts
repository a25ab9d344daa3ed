import { ContainerError } from '../../container/format/container-error';
import { TableChoiceError, writtenName } from './table-choice';
import type { RelationName } from '../server/relation-name';

const TAB = 0x09;
const NEWLINE = 0x0a;

/** A table and the columns of its rows. */
interface Columns extends RelationName {
  readonly columns?: readonly string[] | undefined;
}

/**
 * Looks whether rows of several tables can be one text. A partition may have its columns in another order.
 *
 * @throws TableChoiceError when one has other columns than the first
 */
export function requireSameColumns(tables: readonly Columns[]): void {
  const [first, ...others] = tables;
  for (const other of others) {
    if (first === undefined || isDeepEqual(sorted(first), sorted(other))) continue;
    throw new TableChoiceError(
      `${writtenName(first)} and ${writtenName(other)} have different columns: extract each partition alone, or all with --format sql`,
      'different_columns',
    );
  }
}

/**
 * Rows of COPY text with their columns in another order. One row is kept at a time; rows that are in order pass as they are.
 *
 * @param from names of the columns as they are
 * @param to the same names in the order that is wanted
 */
export function inColumnOrder(
  chunks: AsyncIterable<Buffer>,
  from: readonly string[],
  to: readonly string[],
): AsyncIterable<Buffer> {
  if (isDeepEqual(from, to)) return chunks;
  return reordered(
    chunks,
    to.map((column) => from.indexOf(column)),
  );
}

async function* reordered(
  chunks: AsyncIterable<Buffer>,
  order: readonly number[],
): AsyncGenerator<Buffer, void, undefined> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield inOrder(Buffer.concat([...begun, chunk.subarray(0, end)]), order);
    begun = end > 0 ? [chunk.subarray(end)] : [...begun, chunk];
  }
}

function inOrder(rows: Buffer, order: readonly number[]): Buffer {
  const target = Buffer.allocUnsafeSlow(rows.length);
  let length = 0;
  let values: Buffer[] = [];
  let at = 0;
  for (let end = 0; end < rows.length; end += 1) {
    if (rows[end] !== TAB && rows[end] !== NEWLINE) continue;
    values.push(rows.subarray(at, end));
    at = end + 1;
    if (rows[end] === TAB) continue;
    if (values.length !== order.length)
      throw new ContainerError('corrupted', 'a row has another number of values than columns');
    for (const [i, column] of order.entries()) {
      length += values[column]?.copy(target, length) ?? 0;
      target[length] = i === order.length - 1 ? NEWLINE : TAB;
      length += 1;
    }
    values = [];
  }
  return target.subarray(0, length);
}

function sorted({ columns = [] }: Columns): string[] {
  return columns.toSorted();
}

function isDeepEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, i) => name === other[i]);
}
