import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/config';
import { LockConnection, type LockMode } from './lock-connection';
import { LockSession } from './lock-session';

/** A connection that does not answer for so long may be dead: then new operations do not wait for it, and take another one. */
const ANSWER_WITHIN_MS = 5_000;

/** Opens lock sessions. They share one connection, which is kept, because opening one costs more than most of what is locked. */
@Injectable()
export class LockService implements OnApplicationShutdown {
  private current: Promise<LockConnection> | undefined;
  /** Has holders, and gets no more. */
  private readonly retired = new Set<LockConnection>();

  constructor(private readonly config: AppConfig) {}

  /** A session for one operation that outlives the caller, who closes it or hands it on; otherwise {@link during}. */
  async open(): Promise<LockSession> {
    const connection = await this.connection();
    return new LockSession(connection, this.config.control, () => this.closeWhenUnused(connection));
  }

  /** Does work that takes its locks as it goes, and gives all of them back after it. */
  async during<T>(work: (session: LockSession) => Promise<T>): Promise<T> {
    const session = await this.open();
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  /** Waits for the lock until `signal` aborts, and does the work with it. */
  async with<T>(
    name: string,
    mode: LockMode,
    work: (session: LockSession) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return this.during(async (session) => {
      await session.lock(name, mode, signal);
      return work(session);
    });
  }

  /**
   * Does the work with the lock if it is free now.
   *
   * @returns `undefined` when it is not
   */
  async tryWith<T>(name: string, mode: LockMode, work: (session: LockSession) => Promise<T>): Promise<T | undefined> {
    return this.during(async (session) => ((await session.tryLock(name, mode)) ? work(session) : undefined));
  }

  /**
   * Takes a shared lock for a reader.
   *
   * @returns what gives it back, or `undefined` when another operation holds the lock alone
   */
  async tryRead(name: string): Promise<(() => Promise<void>) | undefined> {
    const session = await this.open();
    try {
      if (await session.tryLock(name, 'shared')) return async () => session.close();
    } catch (error) {
      await session.close();
      throw error;
    }
    await session.close();
    return undefined;
  }

  /** Those of the names whose lock is held now, on any replica; the question keeps nothing from being locked. */
  async held(names: readonly string[]): Promise<Set<string>> {
    return (await this.connection()).held(names);
  }

  async onApplicationShutdown(): Promise<void> {
    // All work has ended by now. A lock that is still held would keep other replicas out for as long as the process lives.
    const current = await this.current?.catch(() => undefined);
    this.current = undefined;
    const open = [...(current === undefined ? [] : [current]), ...this.retired];
    await Promise.all(open.map((connection) => connection.cut()));
  }

  private async connection(): Promise<LockConnection> {
    const known = this.current;
    if (known === undefined) return this.renew();
    const connection = await known;
    if (await connection.answersWithin(ANSWER_WITHIN_MS)) return connection;
    // Unless another caller has found the same before.
    if (this.current === known) {
      void this.retire(known);
      return this.renew();
    }
    return this.current ?? this.renew();
  }

  private renew(): Promise<LockConnection> {
    const opening = LockConnection.open(this.config.control);
    this.current = opening;
    opening.catch(() => {
      if (this.current === opening) this.current = undefined;
    });
    return opening;
  }

  /** Gives a connection no new holders, and closes it when the last one has left. */
  private async retire(opening: Promise<LockConnection> | undefined): Promise<void> {
    if (this.current === opening) this.current = undefined;
    const connection = await opening?.catch(() => undefined);
    if (connection === undefined) return;
    this.retired.add(connection);
    await this.closeWhenUnused(connection);
  }

  private async closeWhenUnused(connection: LockConnection): Promise<void> {
    if (!connection.isUnused || !this.retired.delete(connection)) return;
    await connection.close();
  }
}
