import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { APPLICATION_NAME } from '../../address/write-address';

/** A session as the server knows it. Process numbers are used again, so the begin is part of it. */
export interface ServerSession {
  readonly pid: number;
  /** When the server process began, microseconds since 1970. */
  readonly beganUs: string;
}

/** A session that was told to end and is still there: its server process hangs. */
class SessionRemainsError extends Error {
  override readonly name = 'SessionRemainsError';
}

const TRIES = 80;
const PAUSE_MS = 50;
const BEGAN_US = `(extract(epoch FROM backend_start) * 1000000)::bigint::text`;

/** The session of this connection. */
export async function sessionOf(client: pg.Client): Promise<ServerSession> {
  const { rows } = await client.query<ServerSession>(
    `SELECT pid, ${BEGAN_US} AS "beganUs" FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`,
  );
  const session = rows[0];
  if (session === undefined) throw new Error('the server does not list our session');
  return session;
}

/**
 * Ends one session of our own role, which may always be ended, and waits until it is gone: after that it commits nothing any
 * more. Does nothing when it is gone already.
 *
 * @param admin any other connection to the server
 * @throws SessionRemainsError when it does not go
 */
export async function endSession(admin: pg.Client, session: ServerSession): Promise<void> {
  await endSelected(admin, `pid = $1 AND ${BEGAN_US} = $2`, [session.pid, session.beganUs]);
}

/**
 * Ends every other session of our own role and of our programs in this database: for journals that do not say which
 * session was at work.
 *
 * @param admin connected to the maintenance database
 * @throws SessionRemainsError when one does not go
 */
export async function endOwnSessions(admin: pg.Client): Promise<void> {
  await endSelected(
    admin,
    `datname = pg_catalog.current_database() AND usename = session_user AND application_name IN ($1, pg_catalog.current_setting('application_name'))`,
    [APPLICATION_NAME],
  );
}

/**
 * Ends the sessions that a condition on `pg_stat_activity` selects, and waits until they are gone.
 *
 * @throws SessionRemainsError when one does not go; the driver's error when the server does not let us end it
 */
export async function endSelected(admin: pg.Client, condition: string, values: readonly unknown[]): Promise<void> {
  for (let i = 0; i < TRIES; i += 1) {
    const { rows } = await admin.query<{ pid: number }>(
      `SELECT pid FROM pg_catalog.pg_stat_activity WHERE ${condition} AND pid <> pg_catalog.pg_backend_pid()`,
      [...values],
    );
    if (rows.length === 0) return;
    await admin.query(`SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.unnest($1::int[]) AS pid`, [
      rows.map(({ pid }) => pid),
    ]);
    await delay(PAUSE_MS);
  }
  throw new SessionRemainsError('a session does not end');
}
