import { Injectable, Logger, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { StorageCheck } from '../backups/storage-check/storage-check.service';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { Counters } from '../kernel/database/counters.service';
import { Heartbeats } from '../kernel/health/heartbeats';
import { lockName } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { OperationsService } from '../kernel/operations/operations.service';
import { MaintenanceService } from '../maintenance/maintenance.service';
import { DueRuns } from './due-runs.service';
import type { PlanEntity } from './plan.entity';
import { PlanService } from './plan.service';
import { RetentionService } from './retention.service';

const INTERVAL = 'plan';
const DAY_MS = 24 * 3_600_000;

/** Looks at the plan again and again; of all replicas one at a time does what is to be done. */
@Injectable()
export class PlanTicker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PlanTicker.name);
  private ticking: Promise<void> | undefined;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly maintenance: MaintenanceService,
    private readonly plans: PlanService,
    private readonly dueRuns: DueRuns,
    private readonly retention: RetentionService,
    private readonly storage: StorageCheck,
    private readonly heartbeats: Heartbeats,
    private readonly counters: Counters,
  ) {}

  onApplicationBootstrap(): void {
    const { enabled, intervalSeconds } = this.config.scheduler;
    if (!enabled) return;
    this.registry.addInterval(
      INTERVAL,
      setInterval(() => void this.tick(), intervalSeconds * 1000),
    );
    void this.tick();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.registry.doesExist('interval', INTERVAL)) this.registry.deleteInterval(INTERVAL);
    await this.ticking;
  }

  /** Looks once; never rejects. */
  tick(): Promise<void> {
    this.heartbeats.beat('scheduler', this.config.scheduler.intervalSeconds * 1000);
    this.ticking ??= this.look()
      .then(() => this.counters.countUp('ticks'))
      .catch(async (error: unknown) => {
        this.logger.warn({ err: error }, 'the plan could not be followed; will try again');
        await this.counters.countUp('tick_errors').catch(() => undefined);
      })
      .finally(() => (this.ticking = undefined));
    return this.ticking;
  }

  private async look(): Promise<void> {
    if (await this.isPaused()) return;
    const session = await this.locks.open();
    try {
      if (!(await session.tryLock(lockName.plan, 'exclusive'))) return;
      const successes = await this.dueRuns.settle(session.signal);
      // Before anything new is begun: the newest backup may be what lets an old one go. Whatever is wrong with the old
      // ones, the new one is made.
      const trouble = await this.keepHouse(successes > 0, session.signal);
      const plan = await this.plans.get();
      session.signal.throwIfAborted();
      if (plan.enabled && !(await this.isPaused())) await this.dueRuns.serve(plan, session.signal);
      if (trouble !== undefined) throw trouble.error;
    } finally {
      await session.close();
    }
  }

  /** In maintenance, and when the process ends. */
  private async isPaused(): Promise<boolean> {
    return this.operations.isClosing || (await this.maintenance.current()) !== undefined;
  }

  /** Looks at the storage and sweeps, each when it is due and whatever becomes of the other; returns what one fails with. */
  private async keepHouse(hasNewBackup: boolean, signal: AbortSignal): Promise<{ error: unknown } | undefined> {
    const sweepWhenDue = async (): Promise<void> => {
      if (hasNewBackup || this.isSweepDue(await this.plans.get())) await this.sweep(signal);
    };
    let trouble: { error: unknown } | undefined;
    for (const work of [() => this.storage.checkWhenDue(), sweepWhenDue]) {
      await work().catch((error: unknown) => (trouble ??= { error }));
    }
    return trouble;
  }

  private isSweepDue({ lastRetentionAt }: PlanEntity): boolean {
    if (lastRetentionAt === null) return true;
    const agoMs = this.clock.now().getTime() - lastRetentionAt.getTime();
    return agoMs >= DAY_MS || agoMs < 0;
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    const { asOf, failures, firstFailure, isWhole } = await this.retention.sweep(async () => {
      signal.throwIfAborted();
      return this.isPaused();
    });
    if (!isWhole) return;
    await this.dueRuns.forgetOld();
    await this.plans.noteRetention(asOf, failures, firstFailure);
  }
}
