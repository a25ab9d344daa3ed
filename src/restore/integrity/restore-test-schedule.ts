import { Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { IntegrityService } from './integrity.service';

/** Starts a restore test when one is due; on whichever replica looks first. */
@Injectable()
export class RestoreTestSchedule implements OnApplicationBootstrap {
  private readonly job = this.jobs.declare({
    name: 'restore_tests',
    everyMs: this.config.scheduler.intervalSeconds * 1000,
    complaint: 'a scheduled restore test could not be started',
    run: () => this.startWhenDue(),
  });

  constructor(
    private readonly config: AppConfig,
    private readonly integrity: IntegrityService,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    const { scheduler, restore } = this.config;
    if (scheduler.enabled && restore.testAutoEnabled) this.job.start();
  }

  /** Looks once; never rejects. */
  look(): Promise<void> {
    return this.job.turn();
  }

  private async startWhenDue(): Promise<void> {
    if (!(await this.integrity.isDue())) return;
    try {
      await this.integrity.run('scheduler');
    } catch (error) {
      // Another dry run goes on, often the test itself on another replica. The next turn tries again.
      if (!(error instanceof AppError && error.code === 'backups.concurrent_operation')) throw error;
    }
  }
}
