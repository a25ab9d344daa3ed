import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A transaction whose process died is rolled back by its server process, which notices within moments. */
class TransactionInProgressError extends Error {
  override readonly name = 'TransactionInProgressError';
}

/** Id of the connection's transaction, which from now on is one that the server remembers. */
export async function currentTransactionId(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>('SELECT pg_catalog.txid_current()::text AS id');
  return rows[0]?.id ?? '';
}

/**
 * Makes sure that the server does not give out a transaction number a second time after a crash. A number is only on the disk
 * when a record of it, or of a later one, is. A server that crashed before would count on from an older number, and a
 * transaction that another client commits under it would look like ours.
 *
 * @param admin any connection to the server but that of the transaction
 */
export async function keepTransactionIds(admin: pg.Client): Promise<void> {
  await admin.query('SET synchronous_commit = on');
  // A record in the log with a number of its own, which is later than all before; its commit waits for the disk.
  await admin.query(`SELECT pg_catalog.pg_logical_emit_message(true, 'berkut-backups', '')`);
}

/** A session ends within milliseconds of being told to, unless its server process hangs. */
const TRIES = 80;
const PAUSE_MS = 50;

/**
 * Whether a transaction of this server was committed. One that the server does not know, because it crashed before anything
 * of it was on the disk, was not. One that goes on belongs to a dead process: its session is ended and waited for.
 *
 * @param admin any connection to the server
 * @throws TransactionInProgressError when the session does not end
 */
export async function isCommitted(admin: pg.Client, transactionId: string): Promise<boolean> {
  for (let i = 0; i < TRIES; i += 1) {
    const status = await statusOf(admin, transactionId);
    if (status !== 'in progress') return status === 'committed';
    await admin.query(
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
        WHERE backend_xid::text = ($1::bigint % 4294967296)::text`,
      [transactionId],
    );
    await delay(PAUSE_MS);
  }
  throw new TransactionInProgressError('the transaction has not ended yet');
}

/** What PostgreSQL says to a number that it has not given out. */
const INVALID_PARAMETER_VALUE = '22023';

async function statusOf(admin: pg.Client, transactionId: string): Promise<string | null | undefined> {
  try {
    const { rows } = await admin.query<{ status: string | null }>(
      'SELECT pg_catalog.txid_status($1::bigint) AS status',
      [transactionId],
    );
    return rows[0]?.status;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INVALID_PARAMETER_VALUE) return undefined;
    throw error;
  }
}
