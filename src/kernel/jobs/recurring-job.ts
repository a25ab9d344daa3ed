/** Work that a service repeats for as long as it runs. */
export interface RecurringJob {
  /** As in `/readyz` and in the label of its metrics. */
  readonly name: string;
  readonly everyMs: number;
  /** Held during a turn, so that of all replicas one at a time does the work. */
  readonly lock?: string;
  /** Whether it runs during maintenance, too. */
  readonly whilePaused?: boolean;
  /** Whether it runs on while a service that is being stopped waits for its operations. */
  readonly whileClosing?: boolean;
  /** Whether the service counts as not ready when no turn has succeeded for long; else a loop that stands still does. */
  readonly mustSucceed?: boolean;
  /** The line of the log when a turn fails. */
  readonly complaint: string;
  /** A warning, unless what fails is worse. */
  readonly level?: 'error';
  /** One turn. The signal aborts when the service stops or the lock is lost. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Called after each turn, even if there was nothing to do because of maintenance or because another replica has the lock.
   *
   * @param hasFailed whether `run` threw
   */
  afterTurn?(hasFailed: boolean): Promise<void>;
}

/** When a job of this process last did what. A turn that had nothing to do is a success, and has not started anything. */
export interface JobTimes {
  readonly start?: Date;
  readonly success?: Date;
  readonly failure?: Date;
}

/** A turn of a job may be late by so many of its intervals, and by a while, before the job counts as dead. */
const TURNS_MISSED = 3;
const ALLOWANCE_MS = 10_000;

/** What is known of one job in this process. */
export class JobRecord {
  times: JobTimes = {};
  private lastSignMs: number | undefined;

  constructor(private readonly job: RecurringJob) {}

  /** Notes that a turn is due. */
  due(): void {
    if (this.lastSignMs === undefined || this.job.mustSucceed !== true) this.lastSignMs = performance.now();
  }

  started(at: Date): void {
    this.times = { ...this.times, start: at };
  }

  succeeded(at: Date): void {
    this.times = { ...this.times, success: at };
    this.lastSignMs = performance.now();
  }

  failed(at: Date): void {
    this.times = { ...this.times, failure: at };
  }

  /** Whether it was ever due: a job that this service does not do is not shown. */
  get isKnown(): boolean {
    return this.lastSignMs !== undefined;
  }

  get isAlive(): boolean {
    const sinceMs = performance.now() - (this.lastSignMs ?? 0);
    return sinceMs <= TURNS_MISSED * this.job.everyMs + ALLOWANCE_MS;
  }
}
