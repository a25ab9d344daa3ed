import { Injectable, Logger, OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../clock/clock';
import { LockService } from '../operations/lock.service';
import { OperationsService } from '../operations/operations.service';
import { JobLoop } from './job-loop';
import { JobPause } from './job-pause';
import type { JobTimes, RecurringJob } from './recurring-job';

/** All recurring jobs of this process. */
@Injectable()
export class RecurringJobs implements OnApplicationShutdown {
  private readonly logger = new Logger(RecurringJobs.name);
  private readonly loops: JobLoop[] = [];
  private readonly stopping = new AbortController();

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly pause: JobPause,
  ) {}

  /** Declares a job. It takes no turn before it is started or told to. */
  declare(job: RecurringJob): Pick<JobLoop, 'start' | 'turn'> {
    const { registry, clock, locks, operations, pause, logger } = this;
    const stopped = this.stopping.signal;
    const loop = new JobLoop(job, { registry, clock, locks, operations, pause, logger, stopped });
    this.loops.push(loop);
    return loop;
  }

  /** The jobs that this process does, by name. */
  known(): { name: string; isAlive: boolean; times: JobTimes }[] {
    return this.loops
      .filter(({ record }) => record.isKnown)
      .map(({ job, record }) => ({ name: job.name, isAlive: record.isAlive, times: record.times }))
      .toSorted((one, other) => one.name.localeCompare(other.name));
  }

  /** After the operations have ended, and before the control database is closed. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }
}
