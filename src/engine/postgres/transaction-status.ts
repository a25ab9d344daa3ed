import type pg from 'pg';

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
 * Whether a transaction of this server was committed.
 *
 * @param admin any connection to the server
 * @throws TransactionInProgressError while it is neither committed nor rolled back; its session is ended
 */
export async function isCommitted(admin: pg.Client, transactionId: string): Promise<boolean> {
  const { rows } = await admin.query<{ status: string | null }>('SELECT pg_catalog.txid_status($1::bigint) AS status', [
    transactionId,
  ]);
  const status = rows[0]?.status;
  if (status !== 'in progress') return status === 'committed';
  await admin.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE backend_xid::text = ($1::bigint % 4294967296)::text`,
    [transactionId],
  );
  throw new TransactionInProgressError('the transaction has not ended yet');
}
