import type pg from 'pg';
import { mergeRows, type RowDifference, type SortedRow } from './merge-rows';
import { type RowDigest, rowDigest } from './row-digest';
import { TableReading } from './table-reading';
import type { TableShape } from './table-shape';

/** The two databases. */
export interface Sides<T> {
  readonly backup: T;
  readonly target: T;
}

/** Primary keys of rows that differ, each as the texts of its columns. */
export type DifferingKeys = { [Kind in RowDifference]?: string[][] | undefined };

/** How the rows of a table differ. */
export interface RowComparison {
  readonly rowsInBackup: number;
  readonly rowsInTarget: number;
  readonly onlyInBackup: number;
  readonly onlyInTarget: number;
  /** Of the same key, with other values; `undefined` without a primary key. */
  readonly different: number | undefined;
  /** The first of each kind. */
  readonly keys: DifferingKeys;
}

interface Total {
  readonly rows: number;
  readonly sum: bigint;
}

const KEY_CHARACTERS = 256;

/**
 * Compares the rows of a table in both databases: the number and the sum of the digests of all rows; if they differ, those of each bucket;
 * then row by row those in buckets that differ. Rows never leave the server, but for keys of rows that differ.
 *
 * @param keysKept of each kind
 * @throws TableChangedError, the driver's error, or the signal's reason
 */
export async function compareRows(
  clients: Sides<pg.Client>,
  shapes: Sides<TableShape>,
  { serverVersionNum, keysKept, signal }: { serverVersionNum: number; keysKept: number; signal: AbortSignal },
): Promise<RowComparison> {
  const sql = rowDigest(shapes.backup, shapes.target, serverVersionNum);
  const readings = await both(async (side) => TableReading.begin(clients[side], shapes[side].leaves, serverVersionNum));
  try {
    const totals = await both((side) => wholeOf(readings[side], sql, signal));
    const counts = { rowsInBackup: totals.backup.rows, rowsInTarget: totals.target.rows };
    const isKeyed = sql.keyTexts !== undefined;
    if (isSame(totals.backup, totals.target)) {
      return { ...counts, onlyInBackup: 0, onlyInTarget: 0, different: isKeyed ? 0 : undefined, keys: {} };
    }
    const buckets = await both((side) => bucketsOf(readings[side], sql, signal));
    const differing = [...new Set([...buckets.backup.keys(), ...buckets.target.keys()])].filter(
      (bucket) => !isSame(buckets.backup.get(bucket), buckets.target.get(bucket)),
    );
    const found = { only_in_backup: 0, only_in_target: 0, different: 0 };
    const keys: DifferingKeys = {};
    const [ours, theirs] = [sorted(readings.backup, sql, differing), sorted(readings.target, sql, differing)];
    try {
      await mergeRows(ours, theirs, (difference, rows, { key }) => {
        found[difference] += rows;
        const known = (keys[difference] ??= []);
        if (key !== null && known.length < keysKept) known.push(key.map(shortened));
      });
    } finally {
      await Promise.all([ours.return(), theirs.return()]);
    }
    const { only_in_backup: onlyInBackup, only_in_target: onlyInTarget } = found;
    return { ...counts, onlyInBackup, onlyInTarget, different: isKeyed ? found.different : undefined, keys };
  } finally {
    await both((side) => readings[side].end());
  }
}

/** The number of rows of a table that the other database does not have. */
export async function countRows(
  client: pg.Client,
  shape: TableShape,
  serverVersionNum: number,
  signal: AbortSignal,
): Promise<number> {
  const reading = await TableReading.begin(client, shape.leaves, serverVersionNum);
  try {
    let count = 0;
    await reading.each('count(*)::text AS rows', '', ([range]) => (count += Number(range?.rows)), signal);
    return count;
  } finally {
    await reading.end();
  }
}

async function wholeOf(reading: TableReading, { digest }: RowDigest, signal: AbortSignal): Promise<Total> {
  let [rows, sum] = [0, 0n];
  const select = `count(*)::text AS rows, coalesce(sum(${digest}), 0)::text AS sum`;
  await reading.each(
    select,
    '',
    ([range]) => {
      rows += Number(range?.rows);
      sum += BigInt(range?.sum ?? 0);
    },
    signal,
  );
  return { rows, sum };
}

async function bucketsOf(
  reading: TableReading,
  { digest, bucket }: RowDigest,
  signal: AbortSignal,
): Promise<Map<number, Total>> {
  const buckets = new Map<number, Total>();
  const select = `${bucket} AS bucket, count(*)::text AS rows, sum(${digest})::text AS sum`;
  await reading.each(
    select,
    'GROUP BY 1',
    (range) => {
      for (const { bucket: number = 0, rows, sum = '0' } of range) {
        const known = buckets.get(number);
        buckets.set(number, { rows: (known?.rows ?? 0) + Number(rows), sum: (known?.sum ?? 0n) + BigInt(sum) });
      }
    },
    signal,
  );
  return buckets;
}

function sorted(
  reading: TableReading,
  { digest, bucket, identity, keyTexts }: RowDigest,
  buckets: readonly number[],
): AsyncGenerator<SortedRow, void, undefined> {
  const where = `${bucket} = ANY ('{${buckets.join(',')}}'::int[])`;
  if (keyTexts === undefined) {
    return reading.sorted(
      `${identity} AS identity`,
      where,
      (rows) =>
        `SELECT identity, identity AS digest, count(*)::text AS count, NULL AS key FROM ${rows} GROUP BY identity ORDER BY identity COLLATE "C"`,
    );
  }
  return reading.sorted(
    `${identity} AS identity, (${digest})::text AS digest, ${keyTexts} AS key`,
    where,
    (rows) => `SELECT identity, digest, '1' AS count, key FROM ${rows} ORDER BY identity COLLATE "C"`,
  );
}

function isSame(one: Total | undefined, other: Total | undefined): boolean {
  return one?.rows === other?.rows && one?.sum === other?.sum;
}

function shortened(text: string): string {
  return text.length > KEY_CHARACTERS ? `${text.slice(0, KEY_CHARACTERS)}…` : text;
}

/** On both sides at once. Neither is left at work when the other one fails. */
async function both<T>(act: (side: keyof Sides<T>) => Promise<T>): Promise<Sides<T>> {
  const [backup, target] = await Promise.allSettled([act('backup'), act('target')]);
  if (backup.status === 'rejected') throw backup.reason;
  if (target.status === 'rejected') throw target.reason;
  return { backup: backup.value, target: target.value };
}
