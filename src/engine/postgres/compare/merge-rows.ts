/** Rows of one identity, as a database sorts them. */
export interface SortedRow {
  /** ASCII, and the order of the rows. */
  readonly identity: string;
  readonly digest: string;
  /** How many rows there are of it: with a primary key one. */
  readonly count: string;
  /** The values of the primary key; `null` without one. */
  readonly key: readonly string[] | null;
}

/** In what way a row differs. */
export type RowDifference = 'only_in_backup' | 'only_in_target' | 'different';

/**
 * Compares two sorted sequences of rows, of which it keeps none.
 *
 * @param tell gets each difference, with the number of rows
 */
export async function mergeRows(
  backup: AsyncIterator<SortedRow, void>,
  target: AsyncIterator<SortedRow, void>,
  tell: (difference: RowDifference, rows: number, row: SortedRow) => void,
): Promise<void> {
  let [one, other] = await Promise.all([backup.next(), target.next()]);
  while (one.done !== true || other.done !== true) {
    const [ours, theirs] = [one.done === true ? undefined : one.value, other.done === true ? undefined : other.value];
    if (ours !== undefined && (theirs === undefined || ours.identity < theirs.identity)) {
      tell('only_in_backup', Number(ours.count), ours);
      one = await backup.next();
    } else if (theirs !== undefined && (ours === undefined || theirs.identity < ours.identity)) {
      tell('only_in_target', Number(theirs.count), theirs);
      other = await target.next();
    } else if (ours !== undefined && theirs !== undefined) {
      if (ours.digest !== theirs.digest) tell('different', 1, ours);
      const surplus = Number(ours.count) - Number(theirs.count);
      if (surplus > 0) tell('only_in_backup', surplus, ours);
      if (surplus < 0) tell('only_in_target', -surplus, theirs);
      [one, other] = await Promise.all([backup.next(), target.next()]);
    }
  }
}
