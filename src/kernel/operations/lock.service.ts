import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/config';
import { type LockMode, LockSession } from './lock-session';

/** Opens lock sessions, and keeps one for the many short shared locks of readers (downloads), which need no connection each. */
@Injectable()
export class LockService implements OnApplicationShutdown {
  private readers: Promise<LockSession> | undefined;

  constructor(private readonly config: AppConfig) {}

  /** A session for one operation that outlives the caller, who closes it or hands it on; otherwise {@link during}. */
  async open(): Promise<LockSession> {
    return LockSession.open(this.config.control);
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
   * @returns a function that gives the lock back, or `undefined` when another session holds it exclusively
   */
  async tryRead(name: string): Promise<(() => Promise<void>) | undefined> {
    const session = await this.readerSession();
    if (!(await session.tryLock(name, 'shared'))) return undefined;
    // When the connection is gone, so is the lock.
    return async () => session.release(name, 'shared').catch(() => undefined);
  }

  /** Those of the names whose lock is held now, on any replica. Asking takes no lock. */
  async held(names: readonly string[]): Promise<Set<string>> {
    return (await this.readerSession()).held(names);
  }

  async onApplicationShutdown(): Promise<void> {
    const session = await this.readers?.catch(() => undefined);
    await session?.close();
  }

  private readerSession(): Promise<LockSession> {
    if (this.readers === undefined) {
      const opening = this.open();
      const forget = (): void => {
        if (this.readers === opening) this.readers = undefined;
      };
      this.readers = opening;
      void opening.then((session) => session.signal.addEventListener('abort', forget, { once: true }), forget);
    }
    return this.readers;
  }
}
