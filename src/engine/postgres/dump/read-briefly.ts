import pg from 'pg';
import { cancellable } from '../server/connection';
import { inPart } from '../server/transaction-part';
import { joinSnapshot, type Snapshot } from './snapshot';

/** How long a table is waited for, milliseconds. A lock that others give back by themselves is usually given back sooner. */
const PATIENCE_MS = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Reads at the moment of the snapshot, in a short transaction of its own: with the locks of many tables and their indexes a
 * long one would fill the server's lock table.
 *
 * A session that is to alter a table waits for the lock that the snapshot has on it, and a session that asks for the table
 * after that waits for the first one. If the snapshot waited for such a session, all three would wait for ever. So the
 * table is read on the connection of the snapshot if it cannot be had soon: there it is locked already.
 *
 * @param client in no transaction
 * @param read is done again, from its beginning, on the other connection
 * @throws the driver's error, or the signal's reason
 */
export async function readBriefly<T>(
  client: pg.Client,
  snapshot: Pick<Snapshot, 'id' | 'address' | 'client'>,
  read: (client: pg.Client) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  await joinSnapshot(client, snapshot.id);
  await client.query(`SET LOCAL lock_timeout = ${PATIENCE_MS}`);
  try {
    return await read(client);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
  } finally {
    // Of a connection that is lost nothing is left to be ended.
    await client.query('ROLLBACK').catch(() => undefined);
  }
  const { address, client: holder } = snapshot;
  return cancellable(address, holder, () => inPart(holder, () => read(holder)), signal);
}
