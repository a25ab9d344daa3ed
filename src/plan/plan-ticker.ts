import { Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { StorageCheck } from '../backups/storage-check/storage-check.service';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { Counters } from '../kernel/database/counters.service';
import { RecurringJobs } from '../kernel/jobs/recurring-jobs.service';
import { lockName } from '../kernel/operations/lock-session';
import { OperationsService } from '../kernel/operations/operations.service';
import { MaintenanceService } from '../maintenance/maintenance.service';
import { DueRuns } from './due-runs.service';
import type { PlanEntity } from './plan.entity';
import { PlanService } from './plan.service';
import { RetentionService } from './retention.service';
import { DAY_MS } from '../kernel/clock/durations';

/** Looks at the plan again and again; of all replicas one at a time does what is to be done. */
@Injectable()
export class PlanTicker implements OnApplicationBootstrap {
  private readonly job = this.jobs.declare({
    name: 'scheduler',
    everyMs: this.config.scheduler.intervalSeconds * 1000,
    lock: lockName.plan,
    complaint: 'the plan could not be followed; will try again',
    run: (signal) => this.look(signal),
    afterTurn: (hasFailed) => this.counters.countUp(hasFailed ? 'tick_errors' : 'ticks'),
  });

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly operations: OperationsService,
    private readonly maintenance: MaintenanceService,
    private readonly plans: PlanService,
    private readonly dueRuns: DueRuns,
    private readonly retention: RetentionService,
    private readonly storage: StorageCheck,
    private readonly counters: Counters,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.scheduler.enabled) return;
    this.job.start();
    void this.tick();
  }

  /** Looks once; never rejects. */
  tick(): Promise<void> {
    return this.job.turn();
  }

  private async look(signal: AbortSignal): Promise<void> {
    const successes = await this.dueRuns.settle(signal);
    // Before anything new is begun: the newest backup may be what lets an old one go. Whatever is wrong with the old
    // ones, the new one is made.
    const trouble = await this.keepHouse(successes > 0, signal);
    const plan = await this.plans.get();
    signal.throwIfAborted();
    if (plan.enabled && !(await this.isPaused())) await this.dueRuns.serve(plan, signal);
    if (trouble !== undefined) throw trouble.error;
  }

  /** In maintenance, and when the process ends: a turn that goes on then stops at its next step. */
  private async isPaused(): Promise<boolean> {
    return this.operations.isClosing || (await this.maintenance.isOn());
  }

  /** Looks at the storage and sweeps, each when it is due and whatever becomes of the other; returns what one fails with. */
  private async keepHouse(hasNewBackup: boolean, signal: AbortSignal): Promise<{ error: unknown } | undefined> {
    const isPaused = async (): Promise<boolean> => {
      signal.throwIfAborted();
      return this.isPaused();
    };
    const sweepWhenDue = async (): Promise<void> => {
      if (hasNewBackup || this.isSweepDue(await this.plans.get())) await this.sweep(isPaused);
    };
    let trouble: { error: unknown } | undefined;
    for (const work of [() => this.storage.checkWhenDue(isPaused), sweepWhenDue]) {
      await work().catch((error: unknown) => (trouble ??= { error }));
    }
    return trouble;
  }

  private isSweepDue({ lastRetentionAt }: PlanEntity): boolean {
    if (lastRetentionAt === null) return true;
    const agoMs = this.clock.now().getTime() - lastRetentionAt.getTime();
    return agoMs >= DAY_MS || agoMs < 0;
  }

  private async sweep(isPaused: () => Promise<boolean>): Promise<void> {
    const { asOf, failures, firstFailure, isWhole } = await this.retention.sweep(isPaused);
    if (!isWhole) return;
    await this.dueRuns.forgetOld();
    await this.plans.noteRetention(asOf, failures, firstFailure);
  }
}
