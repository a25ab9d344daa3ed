import { Injectable, Logger, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { OperationsService } from '../../kernel/operations/operations.service';
import { MaintenanceService } from '../../maintenance/maintenance.service';
import { IntegrityService } from './integrity.service';

/** Starts a restore test when one is due; on whichever replica looks first. */
@Injectable()
export class RestoreTestSchedule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RestoreTestSchedule.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly integrity: IntegrityService,
    private readonly maintenance: MaintenanceService,
    private readonly operations: OperationsService,
  ) {}

  onApplicationBootstrap(): void {
    const { scheduler, restore } = this.config;
    if (!scheduler.enabled || !restore.testAutoEnabled) return;
    this.timer = setInterval(() => void this.look(), scheduler.intervalSeconds * 1000);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Looks once; never rejects. */
  look(): Promise<void> {
    this.looking ??= this.startWhenDue()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'a scheduled restore test could not be started'))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async startWhenDue(): Promise<void> {
    if (this.operations.isClosing || (await this.maintenance.current()) !== undefined) return;
    if (!(await this.integrity.isDue())) return;
    try {
      await this.integrity.run('scheduler');
    } catch (error) {
      // Another dry run goes on, often the test itself on whichever replica: the next look tries again.
      if (!(error instanceof AppError && error.code === 'backups.concurrent_operation')) throw error;
    }
  }
}
