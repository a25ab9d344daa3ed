import type pg from 'pg';
import type { RowSequence } from '../dump/row-tables';
import { joinSnapshot, LOCK_WAIT_MS, waitingForLocks } from '../dump/snapshot';
import { qualified, type RelationName } from '../server/relation-name';

/** A sequence and what `setval` has to be told. */
export interface SequenceValue extends RelationName {
  /** A number that may be too large for ours. */
  readonly last_value: string;
  readonly is_called: boolean;
}

/** Every sequence that a transaction looks at stays locked to its end. */
const SEQUENCES_A_TRANSACTION = 200;

/**
 * Values of sequences. They are no part of a snapshot: like `pg_dump`, this reads what they are now, which no row of the snapshot is
 * beyond.
 *
 * @param client in no transaction
 */
export async function readSequenceValues(
  client: pg.Client,
  snapshotId: string,
  sequences: readonly RowSequence[],
  signal: AbortSignal,
): Promise<SequenceValue[]> {
  const values: SequenceValue[] = [];
  for (let from = 0; from < sequences.length; from += SEQUENCES_A_TRANSACTION) {
    signal.throwIfAborted();
    const some = sequences.slice(from, from + SEQUENCES_A_TRANSACTION);
    await joinSnapshot(client, snapshotId);
    await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    const each = some.map((one, i) => `SELECT ${i} AS i, last_value::text, is_called FROM ${qualified(one)}`);
    const { rows } = await waitingForLocks(() =>
      client.query<Pick<SequenceValue, 'last_value' | 'is_called'>>(`${each.join(' UNION ALL ')} ORDER BY i`),
    );
    await client.query('COMMIT');
    rows.forEach(({ last_value, is_called }, i) => {
      const sequence = some[i];
      if (sequence !== undefined) values.push({ ...sequence, last_value, is_called });
    });
  }
  return values;
}
