import { Injectable, Logger, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { AppConfig } from '../kernel/config/config';
import { Heartbeats } from '../kernel/health/heartbeats';
import { lockName } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { OperationsService } from '../kernel/operations/operations.service';
import { NoticesService } from './notices.service';

const INTERVAL = 'notices';

/** Looks again and again for what people should be told; of all replicas one at a time. */
@Injectable()
export class NoticeTicker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(NoticeTicker.name);
  private ticking: Promise<void> | undefined;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly config: AppConfig,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly notices: NoticesService,
    private readonly heartbeats: Heartbeats,
  ) {}

  onApplicationBootstrap(): void {
    const { enabled, intervalSeconds } = this.config.scheduler;
    if (!enabled) return;
    this.registry.addInterval(
      INTERVAL,
      setInterval(() => void this.tick(), intervalSeconds * 1000),
    );
    this.heartbeats.beat('notices', intervalSeconds * 1000);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.registry.doesExist('interval', INTERVAL)) this.registry.deleteInterval(INTERVAL);
    await this.ticking;
  }

  /** Looks once; never rejects. */
  tick(): Promise<void> {
    this.ticking ??= this.look()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'alerts could not be looked for; will try again'))
      .finally(() => (this.ticking = undefined));
    return this.ticking;
  }

  private async look(): Promise<void> {
    if (this.operations.isClosing) return;
    const session = await this.locks.open();
    try {
      const isOurTurn = await session.tryLock(lockName.notices, 'exclusive');
      if (isOurTurn) await this.notices.look();
      // Before the notices are sent: a mail server that is away says nothing about this process.
      this.heartbeats.beat('notices', this.config.scheduler.intervalSeconds * 1000);
      if (isOurTurn) await this.notices.deliver();
    } finally {
      await session.close();
    }
  }
}
