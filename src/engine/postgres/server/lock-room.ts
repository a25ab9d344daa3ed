import type pg from 'pg';

/** Other sessions have locks, too. */
const OUR_SHARE = 0.8;

/**
 * How many sessions can hold a lock on each of so many relations at once. The server's lock table has room for
 * `max_locks_per_transaction` times `max_connections` and `max_prepared_transactions` locked objects, and for
 * two holders of each on average (`LockManagerShmemInit` in its lock.c).
 */
export async function sessionsThatCanLock(client: pg.Client, relations: number): Promise<number> {
  if (relations === 0) return Infinity;
  const { rows } = await client.query<{ objects: number }>(
    `SELECT current_setting('max_locks_per_transaction')::int
            * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS objects`,
  );
  return Math.floor((2 * (rows[0]?.objects ?? 0) * OUR_SHARE) / relations);
}
