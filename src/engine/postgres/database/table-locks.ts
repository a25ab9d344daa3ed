import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import { withConnection } from '../server/connection';
import { cannotBeEnded, endThose, sessionsBefore } from './other-sessions';
import { RestoreError } from '../server/restore-error';

/** Tables that are wanted for our transaction alone. */
export interface LockOrder {
  /** In a transaction, which keeps the locks. */
  readonly client: pg.Client;
  /** The server's maintenance database, from which sessions in the way are ended. */
  readonly maintenance: DatabaseAddress;
  /** Qualified names. */
  readonly tables: readonly string[];
  /** `EXCLUSIVE` lets others read, and `pg_dump` is one of them. */
  readonly mode: 'EXCLUSIVE' | 'ACCESS EXCLUSIVE';
  /** How long a session that is in the way may take to end on its own, milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

const TABLES_A_STATEMENT = 500;
const PAUSE_MS = 50;
/** A session that does not end within this many looks after it was told to hangs in the kernel, or is not ours to end. */
const TRIES = 200;

/**
 * Takes the locks. A session that holds a table for longer than the patience is ended: an application that has forgotten a
 * transaction would keep every other session waiting for ever.
 *
 * @throws RestoreError `maintenance_failed` when a session in the way does not end, or may not be ended; the driver's
 *   error, or the signal's reason
 */
export async function lockTables(order: LockOrder): Promise<void> {
  const { client, tables, mode, maintenance } = order;
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  const pid = rows[0]?.pid ?? 0;
  for (let i = 0; i < tables.length; i += TABLES_A_STATEMENT) {
    const names = tables.slice(i, i + TABLES_A_STATEMENT).join(', ');
    const waiting = settled(client.query(`LOCK TABLE ${names} IN ${mode} MODE`));
    if (await endsWithin(waiting, PAUSE_MS)) {
      await waiting.done;
      continue;
    }
    await withConnection(maintenance, async (admin) => {
      try {
        await clearTheWay(admin, pid, waiting, order);
      } catch (error) {
        await admin.query('SELECT pg_catalog.pg_cancel_backend($1)', [pid]);
        await waiting.done.catch(() => undefined);
        throw error;
      }
    });
    await waiting.done;
  }
}

/**
 * Those of the tables that we may lock; what a foreign key points at need not be ours.
 *
 * @param tables qualified names
 */
export async function lockableTables(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM pg_catalog.unnest($1::text[]) AS name
      WHERE pg_catalog.has_table_privilege(name::pg_catalog.regclass, 'UPDATE, DELETE, TRUNCATE')`,
    [tables],
  );
  return rows.map(({ name }) => name);
}

interface Waiting {
  readonly done: Promise<unknown>;
  /** Resolves when it has ended, however it did. */
  readonly over: Promise<void>;
}

function settled(done: Promise<unknown>): Waiting {
  return {
    done,
    over: done.then(
      () => undefined,
      () => undefined,
    ),
  };
}

async function endsWithin(waiting: Waiting, ms: number): Promise<boolean> {
  return Promise.race([waiting.over.then(() => true), delay(ms, false)]);
}

async function clearTheWay(
  admin: pg.Client,
  pid: number,
  waiting: Waiting,
  { patienceMs, signal }: LockOrder,
): Promise<void> {
  const patientLooks = Math.ceil(patienceMs / PAUSE_MS);
  for (let look = 0; look < patientLooks + TRIES; look += 1) {
    signal.throwIfAborted();
    if (look >= patientLooks) await endBlockers(admin, pid);
    if (await endsWithin(waiting, PAUSE_MS)) return;
  }
  throw new RestoreError('maintenance_failed', 'A session that holds tables of the restore does not end.');
}

async function endBlockers(admin: pg.Client, pid: number): Promise<void> {
  const others = await endThose(admin, await sessionsBefore(admin, pid));
  if (others.length > 0) throw cannotBeEnded('A session that holds tables of the restore', others);
}
