import { Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../kernel/config/config';
import { RecurringJobs } from '../kernel/jobs/recurring-jobs.service';
import { lockName } from '../kernel/operations/lock-session';
import { NoticesService } from './notices.service';

/** Looks again and again for what people should be told; of all replicas one at a time. */
@Injectable()
export class NoticeTicker implements OnApplicationBootstrap {
  private readonly job = this.jobs.declare({
    name: 'notices',
    everyMs: this.config.scheduler.intervalSeconds * 1000,
    lock: lockName.notices,
    // A restore that fails is what people wait to be told of.
    whilePaused: true,
    mustSucceed: true,
    complaint: 'alerts could not be looked for; will try again',
    run: () => this.look(),
  });

  constructor(
    private readonly config: AppConfig,
    private readonly notices: NoticesService,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.scheduler.enabled) this.job.start();
  }

  /** Looks once; never rejects. */
  tick(): Promise<void> {
    return this.job.turn();
  }

  private async look(): Promise<void> {
    await this.notices.look();
    await this.notices.deliver();
  }
}
