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
 * Makes sure that no number which the server has given out is given out again after a crash. A number is only on the disk when
 * something of it, or of a later one, is: a server that crashed before would count on from an older one, and what
 * somebody else commits under the number would look like ours.
 *
 * @param admin any connection to the server but that of the transaction
 */
export async function keepTransactionIds(admin: pg.Client): Promise<void> {
  await admin.query('SET synchronous_commit = on');
  // A record in the log with a number of its own, which is later than all before; its commit waits for the disk.
  await admin.query(`SELECT pg_catalog.pg_logical_emit_message(true, 'berkut-backups', '')`);
}

/**
 * Whether a transaction of this server was committed. One that the server does not know, because it crashed before anything
 * of it was on the disk, was not.
 *
 * @param admin any connection to the server
 * @throws TransactionInProgressError while it is neither committed nor rolled back; its session is ended
 */
export async function isCommitted(admin: pg.Client, transactionId: string): Promise<boolean> {
  const status = await statusOf(admin, transactionId);
  if (status !== 'in progress') return status === 'committed';
  await admin.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE backend_xid::text = ($1::bigint % 4294967296)::text`,
    [transactionId],
  );
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
