import type pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import { type ClientOptions, ServerClient } from './server-client';

/** Settings of a server or a role that end long work; older servers do not know all of them. */
export const TIME_LIMITS: readonly string[] = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];
/**
 * Time limits off, writing allowed where the server, the role or the database has turned it off by default, and no other role,
 * unless ours has nothing of its own and cannot do without.
 */
const FOR_LONG_WORK = `
  SELECT pg_catalog.set_config(name, CASE name WHEN 'default_transaction_read_only' THEN 'off' WHEN 'role' THEN 'none' ELSE '0' END, false)
    FROM pg_catalog.unnest($1::text[]) AS name
   WHERE pg_catalog.current_setting(name, true) IS NOT NULL
     AND (name <> 'role' OR pg_catalog.current_setting(name) <> 'none' AND EXISTS
           (SELECT FROM pg_catalog.pg_roles WHERE rolname = session_user AND (rolsuper OR rolinherit)))`;

/** A machine under load may take longer than any limit, but not each time. */
const TRIES = 20;

/**
 * Opens a connection for a long piece of work: no time limits of the role apply to it, and no `default_transaction_read_only`.
 *
 * @throws ConnectionError, or the driver's error
 */
export async function connect(
  address: DatabaseAddress,
  options: Omit<ClientOptions, 'address'> = {},
): Promise<ServerClient> {
  const client = new ServerClient({ address, ...options });
  // A connection that breaks while idle is noticed by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await prepareForLongWork(client);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * A limit may be shorter than the statements that turn the limits off take. The shortest one that there is goes first, and again;
 * one that passes at the very end of a statement is reported by the server for the next one.
 */
async function prepareForLongWork(client: pg.Client): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query('SET statement_timeout = 0');
      await client.query(FOR_LONG_WORK, [[...TIME_LIMITS, 'default_transaction_read_only', 'role']]);
      return;
    } catch (error) {
      if (!isTimeout(error) || tries === TRIES) throw error;
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

/** Opens a connection, does `work` with it, and closes it whatever happens; an abort ends the statement under way. */
export async function withConnection<T>(
  address: DatabaseAddress,
  work: (client: pg.Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = await connect(address);
  try {
    return await (signal === undefined ? work(client) : cancellable(client.ownAddress, client, work, signal));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Does `work`; when the signal aborts, the server is told to stop whatever statement the client waits for. */
export async function cancellable<T>(
  address: DatabaseAddress,
  client: pg.Client,
  work: (client: pg.Client) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  const cancel = (): void => {
    // Terminated, not canceled: a cancel that arrives between two statements would be lost.
    void withConnection(address, (other) =>
      other.query('SELECT pg_catalog.pg_terminate_backend($1)', [rows[0]?.pid]),
    ).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work(client);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
