import pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import type { SessionSettings } from '../../address/write-address';
import { cancellable, connect, withConnection } from '../server/connection';
import { ConnectionError } from '../server/connection-error';
import type { ServerClient } from '../server/server-client';

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
 * Does `work` in a session whose commits do not wait for the disk, and tells it how others become such sessions. They are for loading
 * a database that counts for nothing until all of it is there: `pg_restore` makes several commits for each large object and one or two
 * for each entry. {@link waitForCommits} has to come before anything relies on what they have loaded.
 *
 * @param work gets no settings where sessions with settings of their own are not let in, as by some proxies, or where there would be
 * no waiting for them in the end; then its own session has none, either
 * @throws what `work` throws, ConnectionError, the driver's error, or the signal's reason
 */
export async function withAsynchronousCommits<T>(
  address: DatabaseAddress,
  work: (client: pg.Client, commits: SessionSettings) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const client = await open(address, signal);
  if (client === undefined) return withConnection(address, (plain) => work(plain, {}), signal);
  try {
    return await cancellable(client.ownAddress, client, () => work(client, ASYNCHRONOUS), signal);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function open(address: DatabaseAddress, signal: AbortSignal): Promise<ServerClient | undefined> {
  let client: ServerClient | undefined;
  try {
    const opened = await connect(address, { settings: ASYNCHRONOUS });
    client = opened;
    await cancellable(opened.ownAddress, opened, () => opened.query(SYNCHRONOUS_COMMIT), signal);
    return client;
  } catch (error) {
    await client?.end().catch(() => undefined);
    signal.throwIfAborted();
    if (error instanceof pg.DatabaseError || error instanceof ConnectionError) return undefined;
    throw error;
  }
}

/**
 * Waits until all that such sessions have committed is on the server's disk, and on those of standbys that its commits wait for.
 *
 * @throws the driver's error, or the signal's reason
 */
export async function waitForCommits(address: DatabaseAddress, signal: AbortSignal): Promise<void> {
  await withConnection(address, (client) => client.query(SYNCHRONOUS_COMMIT), signal);
}
