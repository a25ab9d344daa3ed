import pg from 'pg';
import type { DatabaseAddress } from '../../engine/address/database-address';
import { ServerClient } from '../../engine/postgres/server/server-client';

/** How a lock is shared: any number of holders, or one alone. */
export type LockMode = 'shared' | 'exclusive';

/** A lock of one holder, taken once. */
export interface HeldLock {
  readonly name: string;
  readonly mode: LockMode;
}

/** An operation that holds locks of a connection. */
export interface LockHolder {
  /** Called once, as soon as the connection is lost, and all its locks with it. */
  onLost(): void;
}

/** `max_locks_per_transaction` leaves no room: the lock was not taken, and everything else stays as it was. */
const OUT_OF_MEMORY = '53200';

const RELEASE = `SELECT CASE WHEN mode = 'shared' THEN pg_advisory_unlock_shared(hashtextextended(name, 0))
                                   ELSE pg_advisory_unlock(hashtextextended(name, 0)) END AS released
                   FROM unnest($1::text[], $2::text[]) AS l (name, mode)`;

/**
 * A connection to the control database on which many operations hold their advisory locks. To PostgreSQL all of them are
 * one session, which gets every lock that it has already. So this class refuses what another holder's lock excludes. The locks die with the
 * connection: then every holder is told, because from then on another process may hold them.
 */
export class LockConnection {
  private readonly holders = new Map<LockHolder, HeldLock[]>();
  private isOver = false;
  private isClosed = false;
  /** Is there when everything has been answered; never rejected. */
  private asked: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: pg.Client) {
    const onLost = (): void => this.lose();
    client.on('error', onLost);
    client.on('end', onLost);
  }

  /**
   * @param control the address of the control database
   * @throws the driver's error when the control database cannot be reached
   */
  static async open(control: DatabaseAddress): Promise<LockConnection> {
    const client = new ServerClient({ address: control, applicationName: 'berkut-backups locks' });
    const connection = new LockConnection(client);
    try {
      await client.connect();
      await client.query('SET idle_session_timeout = 0').catch(ignoreUnknownSetting);
      await client.query('SET statement_timeout = 0');
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /** Whether the connection, and so every lock, is known to be gone. */
  get isLost(): boolean {
    return this.isOver;
  }

  get isUnused(): boolean {
    return this.holders.size === 0;
  }

  /** From now on the holder is told when the connection is lost, at once if it is already. */
  join(holder: LockHolder): void {
    if (this.isOver || this.isClosed) holder.onLost();
    else this.holders.set(holder, []);
  }

  /** Gives back all that the holder has; it is not told of a loss any more. */
  async leave(holder: LockHolder): Promise<void> {
    await this.inTurn(async () => {
      const locks = this.holders.get(holder) ?? [];
      this.holders.delete(holder);
      await this.giveBack(locks);
    });
  }

  /** Takes the lock if it is free now. Locks count: release as often as taken. */
  async tryLock(holder: LockHolder, lock: HeldLock): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.isExcluded(holder, lock)) return false;
      const take = lock.mode === 'shared' ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
      return this.take(holder, lock, `SELECT ${take}(hashtextextended($1, 0)) AS taken`);
    });
  }

  /** Waits for the lock, and keeps everything else on this connection waiting: it must have no other holder. */
  async lock(holder: LockHolder, lock: HeldLock): Promise<void> {
    const take = lock.mode === 'shared' ? 'pg_advisory_lock_shared' : 'pg_advisory_lock';
    await this.inTurn(() => this.take(holder, lock, `SELECT true AS taken FROM ${take}(hashtextextended($1, 0))`));
  }

  async release(holder: LockHolder, { name, mode }: HeldLock): Promise<void> {
    await this.inTurn(async () => {
      const locks = this.holders.get(holder) ?? [];
      const at = locks.findIndex((lock) => lock.name === name && lock.mode === mode);
      await this.giveBack(at === -1 ? [] : locks.splice(at, 1));
    });
  }

  /** Whether the holder has taken this lock here. */
  has(holder: LockHolder, { name, mode }: HeldLock): boolean {
    return (this.holders.get(holder) ?? []).some((lock) => lock.name === name && lock.mode === mode);
  }

  /** Those of the names whose lock is held now, by any holder on any connection. */
  async held(names: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.inTurn(() =>
      this.client.query<{ name: string }>(
        `SELECT name FROM unnest($1::text[]) AS name
        WHERE hashtextextended(name, 0) IN (
          SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
           WHERE locktype = 'advisory' AND objsubid = 1 AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
        [names],
      ),
    );
    return new Set(rows.map(({ name }) => name));
  }

  /** Asks the server whether the session, and so every lock, is still there; when it does not say so, the connection is lost. */
  async confirm(): Promise<void> {
    await this.inTurn(() => this.client.query('SELECT 1')).catch(() => this.lose());
  }

  /** Whether the server answers soon. One that does not is not lost: it may be busy. */
  async answersWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    const answered = this.inTurn(() => this.client.query('SELECT 1')).then(
      () => true,
      () => false,
    );
    const answers = await Promise.race([answered, late]);
    clearTimeout(timer);
    return answers;
  }

  /** Gives up every lock, and tells no holder. Never throws: a connection that is already gone holds nothing. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.holders.clear();
    await this.client.end().catch(() => undefined);
  }

  /** Gives up every lock, and tells every holder. */
  async cut(): Promise<void> {
    this.lose();
    await this.close();
  }

  /** The server gives up the locks, too, if it has not yet. */
  private lose(): void {
    if (this.isOver || this.isClosed) return;
    this.isOver = true;
    const holders = [...this.holders.keys()];
    this.holders.clear();
    for (const holder of holders) holder.onLost();
    void this.client.end().catch(() => undefined);
  }

  private isExcluded(holder: LockHolder, { name, mode }: HeldLock): boolean {
    return [...this.holders].some(
      ([other, locks]) =>
        other !== holder &&
        locks.some((lock) => lock.name === name && (mode === 'exclusive' || lock.mode === 'exclusive')),
    );
  }

  private async take(holder: LockHolder, lock: HeldLock, sql: string): Promise<boolean> {
    const locks = this.holders.get(holder);
    if (locks === undefined) throw new Error('the locks of this operation have been given up');
    const { rows } = await this.client.query<{ taken: boolean }>(sql, [lock.name]).catch((error: unknown) => {
      // A statement that was stopped may have taken the lock, and then no code would ever give it back.
      if (!(error instanceof pg.DatabaseError && error.code === OUT_OF_MEMORY)) this.lose();
      throw error;
    });
    const isTaken = rows[0]?.taken === true;
    if (isTaken) locks.push(lock);
    return isTaken;
  }

  /** A lock that cannot be given back would be held for as long as the process lives. */
  private async giveBack(locks: readonly HeldLock[]): Promise<void> {
    if (locks.length === 0 || this.isOver || this.isClosed) return;
    const values = [locks.map(({ name }) => name), locks.map(({ mode }) => mode)];
    const given = await this.client.query<{ released: boolean }>(RELEASE, values).catch(() => undefined);
    if (given?.rows.every(({ released }) => released) !== true) this.lose();
  }

  /** Many ask at the same time. The driver wants one question after the other, and each sees what the one before has taken. */
  private inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.asked.then(ask);
    this.asked = answer.catch(() => undefined);
    return answer;
  }
}

/** PostgreSQL 13 does not know `idle_session_timeout`. */
function ignoreUnknownSetting(error: unknown): void {
  if (!(error instanceof pg.DatabaseError && error.code === '42704')) throw error;
}
