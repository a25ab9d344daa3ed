import type { Logger } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { Clock } from '../clock/clock';
import type { LockService } from '../operations/lock.service';
import type { OperationsService } from '../operations/operations.service';
import type { JobPause } from './job-pause';
import { JobRecord, type RecurringJob } from './recurring-job';

/** What every loop needs of the service it runs in. */
export interface JobSurroundings {
  readonly registry: SchedulerRegistry;
  readonly clock: Clock;
  readonly locks: LockService;
  readonly operations: OperationsService;
  readonly pause: JobPause;
  readonly logger: Logger;
  /** Aborts when everything else has ended. */
  readonly stopped: AbortSignal;
}

/** One job and its turns: never two at a time, and a turn that fails does not end the loop. */
export class JobLoop {
  readonly record: JobRecord;
  private turning: Promise<void> | undefined;

  constructor(
    readonly job: RecurringJob,
    private readonly around: JobSurroundings,
  ) {
    this.record = new JobRecord(job);
  }

  /** Takes a turn after each interval from now on. */
  start(): void {
    this.record.due();
    const { registry } = this.around;
    registry.addInterval(
      this.job.name,
      setInterval(() => void this.turn(), this.job.everyMs),
    );
  }

  /** Takes a turn now, or waits for the one that goes on. Never rejects. */
  turn(): Promise<void> {
    this.record.due();
    this.turning ??= this.takeTurn().finally(() => (this.turning = undefined));
    return this.turning;
  }

  /** No turn begins any more; resolves when the one that goes on has ended. */
  async stop(): Promise<void> {
    const { registry } = this.around;
    if (registry.doesExist('interval', this.job.name)) registry.deleteInterval(this.job.name);
    await this.turning;
  }

  private async takeTurn(): Promise<void> {
    const { job, record } = this;
    const { clock, logger, operations, stopped } = this.around;
    const signal = job.whileClosing === true ? stopped : AbortSignal.any([stopped, operations.closing]);
    const isStopping = (): boolean => signal.aborted;
    if (isStopping()) return;
    try {
      await this.runUnlessPaused(signal);
      record.succeeded(clock.now());
    } catch (err) {
      // What a service that is being stopped cuts short has not failed.
      if (isStopping()) return;
      record.failed(clock.now());
      logger[job.level ?? 'warn']({ err, job: job.name }, job.complaint);
      await this.noteTurn(true);
      return;
    }
    await this.noteTurn(false);
  }

  private async runUnlessPaused(signal: AbortSignal): Promise<void> {
    const { job, record } = this;
    const { clock, locks, pause } = this.around;
    if (job.whilePaused !== true && (await pause.isOn())) return;
    const run = (until: AbortSignal): Promise<void> => {
      record.started(clock.now());
      return job.run(until);
    };
    if (job.lock === undefined) await run(signal);
    else await locks.tryWith(job.lock, 'exclusive', (held) => run(AbortSignal.any([signal, held.signal])));
  }

  private async noteTurn(hasFailed: boolean): Promise<void> {
    await this.job.afterTurn?.(hasFailed).catch((err: unknown) => {
      this.around.logger.warn({ err, job: this.job.name }, 'the turn of a recurring job could not be counted');
    });
  }
}
