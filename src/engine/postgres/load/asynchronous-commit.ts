import pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import type { SessionSettings } from '../../address/write-address';
import { cancellable, connect, withConnection } from '../server/connection';
import { ConnectionError } from '../server/connection-error';
import type { LoadTarget } from './pg-restore';

const ASYNCHRONOUS: SessionSettings = { synchronous_commit: 'off' };

/**
 * A commit that waits until it is on the disk, and with it all that was committed before by any session: a server writes its log
 * in order. A transaction that writes nothing would not wait, which is why it leaves a message in that log.
 */
const SYNCHRONOUS_COMMIT = `
  SELECT pg_catalog.set_config('synchronous_commit',
           CASE pg_catalog.current_setting('synchronous_commit') WHEN 'off' THEN 'local'
                ELSE pg_catalog.current_setting('synchronous_commit') END, true),
         pg_catalog.pg_logical_emit_message(true, 'berkut-backups', '')`;

/**
 * Settings of sessions that load a database which counts for nothing until all of it is there: their commits do not wait for the
 * disk, of which `pg_restore` makes several for each large object and one or two for each entry. {@link waitForCommits} has to come
 * before anything relies on what they have loaded.
 *
 * @returns none where sessions with settings of their own are not let in, as by some proxies, or where there would be no waiting
 * for them in the end
 * @throws the signal's reason
 */
export async function asynchronousCommits(address: DatabaseAddress, signal: AbortSignal): Promise<SessionSettings> {
  try {
    const client = await connect(address, { settings: ASYNCHRONOUS });
    try {
      await cancellable(client.ownAddress, client, () => client.query(SYNCHRONOUS_COMMIT), signal);
    } finally {
      await client.end().catch(() => undefined);
    }
    return ASYNCHRONOUS;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof pg.DatabaseError || error instanceof ConnectionError) return {};
    throw error;
  }
}

/**
 * Waits until all that such sessions have committed is on the server's disk, and on those of standbys that its commits wait for.
 *
 * @throws the driver's error, or the signal's reason
 */
export async function waitForCommits({ address, settings, signal }: LoadTarget): Promise<void> {
  if (settings?.['synchronous_commit'] !== ASYNCHRONOUS['synchronous_commit']) return;
  await withConnection(address, (client) => client.query(SYNCHRONOUS_COMMIT), signal);
}
