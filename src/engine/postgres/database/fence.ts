import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { cannotBeEnded, endThose, sessionsIn } from './other-sessions';
import { RestoreError } from '../server/restore-error';

/** A session ends within milliseconds of being told to, unless it hangs in the kernel. Then an operator must look. */
const TRIES = 200;
const PAUSE_MS = 50;

/**
 * Closes a database: no role, not even a superuser, can connect any more, and every session there is ended. If this process
 * dies, the database stays closed until {@link liftFence}.
 *
 * @param admin connected to the maintenance database
 * @param ownPid server process of a session of ours that stays. Then sessions that this role may not end may stay, too: their
 *   work waits for the locks of ours
 * @throws RestoreError `maintenance_failed` when the rights do not suffice or a session does not end; the database may be
 *   closed by then
 */
export async function raiseFence(
  admin: pg.Client,
  database: string,
  signal: AbortSignal,
  ownPid?: number,
): Promise<void> {
  await setConnectable(admin, database, false);
  await endSessions(admin, database, signal, ownPid);
}

/** Opens the database again; no error when it is open or not there. */
export async function liftFence(admin: pg.Client, database: string): Promise<void> {
  const { rows } = await admin.query('SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND NOT datallowconn', [
    database,
  ]);
  if (rows.length > 0) await setConnectable(admin, database, true);
}

/** Ends every session of a database that is closed to new ones; with one of ours there, every one that may be ended. */
export async function endSessions(
  admin: pg.Client,
  database: string,
  signal: AbortSignal,
  ownPid?: number,
): Promise<void> {
  for (let i = 0; i < TRIES; i += 1) {
    signal.throwIfAborted();
    const sessions = await sessionsIn(admin, database, ownPid);
    const others = await endThose(admin, sessions);
    if (others.length > 0 && ownPid === undefined) throw cannotBeEnded('A session of the target', others);
    if (others.length === sessions.length) return;
    await delay(PAUSE_MS, undefined, { signal });
  }
  throw new RestoreError('maintenance_failed', 'A session of the target does not end.');
}

async function setConnectable(admin: pg.Client, database: string, isConnectable: boolean): Promise<void> {
  try {
    await admin.query(`ALTER DATABASE ${pg.escapeIdentifier(database)} WITH ALLOW_CONNECTIONS ${isConnectable}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new RestoreError('maintenance_failed', 'The target cannot be closed or opened.', {}, { cause: error });
  }
}
