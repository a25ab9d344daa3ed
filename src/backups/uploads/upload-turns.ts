import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/errors/app-error';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { unlessAborted } from '../../kernel/operations/unless-aborted';

/** How long a request waits for one that cannot be given up. Then the client is to ask again. */
const PATIENCE_MS = 20_000;

/** The right to work at an upload, which one request or job has at a time, on all replicas. */
export class Turn {
  private readonly yielding = new AbortController();
  private readonly ended = Promise.withResolvers<undefined>();
  private isHeld = false;
  private session: LockSession | undefined;

  constructor(
    private readonly id: string,
    private readonly onEnd: () => void,
  ) {}

  /** Aborts when a later request of the caller goes on with the upload, or another replica may do so. */
  get signal(): AbortSignal {
    const { signal } = this.yielding;
    return this.session === undefined ? signal : AbortSignal.any([signal, this.session.signal]);
  }

  get over(): Promise<undefined> {
    return this.ended.promise;
  }

  /** From now on later requests wait. */
  hold(): void {
    this.isHeld = true;
  }

  /** A connection that its client has given up may look alive for long: what comes later goes on instead. */
  yield(): void {
    if (!this.isHeld) this.yielding.abort(new AppError('backups.upload_interrupted'));
  }

  /** @throws AppError `backups.upload_locked` when another replica works at the upload */
  async lock(locks: LockService): Promise<void> {
    const session = (this.session = await locks.open());
    if (!(await session.tryLock(lockName.upload(this.id), 'exclusive'))) throw new AppError('backups.upload_locked');
  }

  async end(): Promise<void> {
    try {
      await this.session?.close();
    } finally {
      this.onEnd();
      this.ended.resolve(undefined);
    }
  }
}

/** Gives uploads to one request at a time. A dead process has no turn: locks die with it. */
@Injectable()
export class UploadTurns {
  private readonly running = new Map<string, Turn>();

  constructor(private readonly locks: LockService) {}

  /**
   * Works at an upload. A request that still sends bytes for it is ended; an import of it is waited for.
   *
   * @throws AppError `backups.upload_locked` when that takes too long
   */
  async during<T>(id: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    const tooLate = AbortSignal.timeout(PATIENCE_MS);
    for (let other = this.running.get(id); other !== undefined; other = this.running.get(id)) {
      other.yield();
      await endOf(other, tooLate);
    }
    return this.take(id, work);
  }

  /** @returns `undefined` when another request or job works at it */
  async ifFree<T>(id: string, work: (turn: Turn) => Promise<T>): Promise<T | undefined> {
    if (this.running.has(id)) return undefined;
    try {
      return await this.take(id, work);
    } catch (error) {
      if (error instanceof AppError && error.code === 'backups.upload_locked') return undefined;
      throw error;
    }
  }

  private async take<T>(id: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    const turn = new Turn(id, () => this.running.delete(id));
    this.running.set(id, turn);
    try {
      await turn.lock(this.locks);
      return await work(turn);
    } finally {
      await turn.end();
    }
  }
}

async function endOf(turn: Turn, tooLate: AbortSignal): Promise<void> {
  try {
    await unlessAborted(turn.over, tooLate);
  } catch (cause) {
    throw new AppError('backups.upload_locked', { cause });
  }
}
