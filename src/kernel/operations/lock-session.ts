import pg from 'pg';
import type { DatabaseAddress } from '../../engine/address/database-address';
import { ServerClient } from '../../engine/postgres/server/server-client';

/** How a lock is shared: any number of holders, or one alone. */
export type LockMode = 'shared' | 'exclusive';

/** What is locked. Names are stable across releases: replicas of two versions must agree on them. */
export const lockName = {
  /** Shared by whatever reads the target; alone for a real restore. */
  target: 'target',
  /** One of the `BERKUT_BACKUP_MAX_PARALLEL` places for running backups. */
  backupSlot: (slot: number) => `backup-slot:${slot}`,
  /** Held while a backup is being made; a running row whose lock is free belongs to a dead process. */
  backupRun: (id: number) => `backup-run:${id}`,
  /** Held while a file of that name is being imported. */
  importing: (storageName: string) => `import:${storageName}`,
  /** Held while it is decided whether a file with this checksum is there already. */
  sameFile: (checksum: string) => `same-file:${checksum}`,
  /** Shared by the readers of the container; exclusive for its removal. */
  backupFile: (id: number) => `backup-file:${id}`,
  /** Held while a restore run is queued or running. */
  restoreRun: (id: number) => `restore-run:${id}`,
  /** Held while what this run has left is being removed. */
  leftovers: (runId: number) => `leftovers:${runId}`,
  /** Held by the replica that follows the plan; a real restore waits until it is free. */
  plan: 'plan',
  /** Held while it is decided whether a backup goes: that depends on which others stay. */
  removal: 'removal',
  /** Held by the replica that looks for alerts. */
  notices: 'notices',
  /** Held while the storage is compared with the catalogue. */
  rescan: 'rescan',
  /** Held in shared mode by the process that is to write the record of a change. Free when no process will. */
  auditIntent: (id: string) => `audit-intent:${id}`,
  /** One dry run at a time: each reads a whole container. */
  dryRun: 'dry-run',
} as const;

/**
 * A dedicated connection to the control database that holds the advisory locks of one operation. The locks die with the
 * connection, so nothing has to be swept. `signal` aborts when the connection is lost, because from then on another process
 * may hold them.
 */
export class LockSession {
  private readonly lost = new AbortController();
  private isClosed = false;
  /** Is there when everything has been answered; never rejected. */
  private asked: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: pg.Client) {
    const onLost = (): void => {
      if (!this.isClosed) this.lost.abort(new LockLostError());
    };
    client.on('error', onLost);
    client.on('end', onLost);
  }

  /**
   * @param control the address of the control database
   * @throws the driver's error when the control database cannot be reached
   */
  static async open(control: DatabaseAddress): Promise<LockSession> {
    const client = new ServerClient({ address: control, applicationName: 'berkut-backups locks' });
    const session = new LockSession(client);
    try {
      await client.connect();
      await client.query('SET idle_session_timeout = 0').catch(ignoreUnknownSetting);
      await client.query('SET statement_timeout = 0');
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Aborts with {@link LockLostError} as soon as the connection, and so every lock, is gone. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  /** Whether the connection, and so every lock, is known to be gone. */
  get isLost(): boolean {
    return this.lost.signal.aborted;
  }

  /**
   * Asks the server, right before what cannot be taken back.
   *
   * @throws LockLostError when another process may hold the locks by now
   */
  async confirm(): Promise<void> {
    try {
      await this.ask('SELECT 1');
    } catch {
      this.lost.abort(new LockLostError());
    }
    this.lost.signal.throwIfAborted();
  }

  /** Takes the lock if it is free now. Locks count: release as often as taken. */
  async tryLock(name: string, mode: LockMode): Promise<boolean> {
    const take = mode === 'shared' ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
    const result = await this.ask<{ taken: boolean }>(`SELECT ${take}(hashtextextended($1, 0)) AS taken`, [name]);
    return result.rows[0]?.taken === true;
  }

  /** Waits for the lock; ends early, by closing the session, when `signal` aborts. */
  async lock(name: string, mode: LockMode, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const take = mode === 'shared' ? 'pg_advisory_lock_shared' : 'pg_advisory_lock';
    const giveUp = (): void => void this.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await this.ask(`SELECT ${take}(hashtextextended($1, 0))`, [name]);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Those of the names whose lock is held now, shared or exclusive, on any connection. */
  async held(names: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.ask<{ name: string }>(
      `SELECT name FROM unnest($1::text[]) AS name
        WHERE hashtextextended(name, 0) IN (
          SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
           WHERE locktype = 'advisory' AND objsubid = 1 AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
      [names],
    );
    return new Set(rows.map(({ name }) => name));
  }

  async release(name: string, mode: LockMode): Promise<void> {
    const give = mode === 'shared' ? 'pg_advisory_unlock_shared' : 'pg_advisory_unlock';
    await this.ask(`SELECT ${give}(hashtextextended($1, 0))`, [name]);
  }

  /** Many ask at the same time; the driver wants one question after the other. */
  private ask<R extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult<R>> {
    const answer = this.asked.then(() => this.client.query<R>(sql, [...values]));
    this.asked = answer.catch(() => undefined);
    return answer;
  }

  /** Gives up every lock. Never throws: a connection that is already gone holds nothing. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.client.end().catch(() => undefined);
  }
}

/** The connection that held an operation's locks broke: the operation must not go on. */
class LockLostError extends Error {
  override readonly name = 'LockLostError';
  constructor() {
    super('the connection that held the locks of this operation was lost');
  }
}

/** PostgreSQL 13 does not know `idle_session_timeout`. */
function ignoreUnknownSetting(error: unknown): void {
  if (!(error instanceof pg.DatabaseError && error.code === '42704')) throw error;
}
