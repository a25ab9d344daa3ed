import type pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import { withConnection } from './connection';

/** A proxy lends out sessions for single transactions: what a backup sets up would belong to other clients. */
export class SharedSessionsError extends Error {
  override readonly name = 'SharedSessionsError';

  constructor() {
    super('a proxy in front of the target shares sessions between clients (transaction pooling)');
  }
}

/** A busy pool may give the session that tells to a client of its own; it does not do so each time. */
const ROUNDS = 3;

/**
 * Whether a pool between us and the server lends out sessions for single transactions. Snapshots, settings and locks of a
 * session would then belong to the next client. A session of our own is one process of the server, which keeps a setting of
 * ours. A lent one is another process as soon as another client has taken the last one, or the pool deals them out in turn.
 */
export async function sharesSessions(address: DatabaseAddress): Promise<boolean> {
  return withConnection(address, (first) => isShared(first, address));
}

/** As {@link sharesSessions}, for a session that is there already. */
export async function isShared(first: pg.Client, address: DatabaseAddress): Promise<boolean> {
  return withConnection(address, (second) => areShared(first, second));
}

/** As {@link sharesSessions}, for two sessions that are there already and in no transaction. */
export async function areShared(first: pg.Client, second: pg.Client): Promise<boolean> {
  await first.query(`SELECT pg_catalog.set_config('berkut.session', 'first', false)`);
  const own = await sessionOf(first);
  for (let round = 0; round < ROUNDS; round += 1) {
    if ((await sessionOf(first)) !== own || (await isTakenBy(second, first, own))) return true;
  }
  return false;
}

/** A pooler gives out the session that was used last, if it is shared: ours, to the next transaction. */
async function isTakenBy(second: pg.Client, first: pg.Client, own: string): Promise<boolean> {
  await second.query('BEGIN');
  await second.query('SELECT 1');
  const isTaken = (await sessionOf(first)) !== own;
  await second.query('ROLLBACK');
  return isTaken;
}

async function sessionOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ session: string }>(
    `SELECT pg_catalog.pg_backend_pid() || ' ' || coalesce(pg_catalog.current_setting('berkut.session', true), '') AS session`,
  );
  return rows[0]?.session ?? '';
}
