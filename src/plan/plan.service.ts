import { isDeepStrictEqual } from 'node:util';
import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { parseCron } from './cron-fields';
import { PlanEntity, type RetentionFailure } from './plan.entity';
import type { UpdatePlanDto } from './plan.dto';
import { scheduleOf } from './schedule-of';

const PLAN = 1;

/** The plan after a change, and what it was before. */
export interface PlanChange {
  before: PlanEntity;
  plan: PlanEntity;
}

/** Owns the row of `plan`. */
@Injectable()
export class PlanService implements OnModuleInit {
  constructor(
    @InjectRepository(PlanEntity) private readonly plans: Repository<PlanEntity>,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** The plan of a new installation: off, every night at two, thirty days, five at least. */
  async onModuleInit(): Promise<void> {
    const now = this.clock.now();
    await this.plans
      .createQueryBuilder()
      .insert()
      .values({
        id: PLAN,
        enabled: false,
        scheduleType: 'daily',
        scheduleWeekday: 0,
        scheduleHour: 2,
        scheduleMinute: 0,
        scheduleMonthAnchor: 'start',
        scheduleTimezone: this.config.timezone,
        retentionDays: 30,
        keepLastSuccessful: 5,
        includeFiles: false,
        effectiveFrom: now,
        createdAt: now,
        updatedAt: now,
      })
      .orIgnore()
      .execute();
  }

  async get(): Promise<PlanEntity> {
    return this.plans.findOneByOrFail({ id: PLAN });
  }

  /**
   * Changes what is given and keeps the rest.
   *
   * @throws AppError `backups.plan.invalid` for files without a configured path, and for a schedule of type `cron` whose
   *   expression is missing or is not valid
   */
  async update(changes: UpdatePlanDto): Promise<PlanChange> {
    if (changes.include_files === true) this.refuseWithoutFiles();
    return this.change((plan) => applyChanges(plan, changes));
  }

  /**
   * The plan as it would be after a change, which is not made.
   *
   * @throws AppError as `update`
   */
  async draft(changes: UpdatePlanDto): Promise<PlanEntity> {
    if (changes.include_files === true) this.refuseWithoutFiles();
    return this.changed(await this.get(), (plan) => applyChanges(plan, changes)).plan;
  }

  /**
   * Turns the plan on or off and changes nothing else.
   *
   * @throws AppError `backups.plan.invalid` for a plan with files that is turned on without a configured path
   */
  async setEnabled(enabled: boolean): Promise<PlanChange> {
    return this.change((plan) => {
      plan.enabled = enabled;
    });
  }

  /** Notes when the latest successful automatic backup was begun. */
  async noteAutoRun(startedAt: Date): Promise<void> {
    await this.plans.update({ id: PLAN }, { lastAutoRunAt: startedAt });
  }

  /** Notes that retention has run, as of when, how many backups it could not remove, and what was wrong with the first. */
  async noteRetention(asOf: Date, failures: number, firstFailure: RetentionFailure | null): Promise<void> {
    await this.plans.update(
      { id: PLAN },
      {
        lastRetentionAt: this.clock.now(),
        retentionAsOf: asOf,
        retentionFailures: failures,
        retentionFailure: firstFailure,
      },
    );
  }

  /** Lets the schedule count from now on, when the clock was wrong when it was said from when. */
  async countFromNow(): Promise<void> {
    await this.plans.update({ id: PLAN }, { effectiveFrom: this.clock.now() });
  }

  private refuseWithoutFiles(): void {
    if (this.config.filesPath !== undefined) return;
    throw new AppError('backups.plan.invalid', { details: { fields: ['include_files'] } });
  }

  /** What is due is due since the schedule is what it is: another one counts from now on, and has missed nothing. */
  private async change(apply: (plan: PlanEntity) => void): Promise<PlanChange> {
    return this.plans.manager.transaction(async (manager) => {
      const plan = await manager.findOneOrFail(PlanEntity, {
        where: { id: PLAN },
        lock: { mode: 'pessimistic_write' },
      });
      const change = this.changed(plan, apply);
      return { ...change, plan: await manager.save(change.plan) };
    });
  }

  private changed(plan: PlanEntity, apply: (plan: PlanEntity) => void): PlanChange {
    const before = this.plans.create(plan);
    apply(plan);
    // One whose path has gone from the configuration would fail every time.
    if (plan.enabled && plan.includeFiles) this.refuseWithoutFiles();
    const now = this.clock.now();
    const isNewlyOn = plan.enabled && !before.enabled;
    if (isNewlyOn || !isDeepStrictEqual(scheduleOf(plan), scheduleOf(before))) plan.effectiveFrom = now;
    plan.updatedAt = now;
    return { before, plan };
  }
}

/** Changes what is given and keeps the rest. */
function applyChanges(plan: PlanEntity, changes: UpdatePlanDto): void {
  plan.enabled = changes.enabled ?? plan.enabled;
  plan.scheduleType = changes.schedule_type ?? plan.scheduleType;
  plan.scheduleWeekday = changes.schedule_weekday ?? plan.scheduleWeekday;
  plan.scheduleHour = changes.schedule_hour ?? plan.scheduleHour;
  plan.scheduleMinute = changes.schedule_minute ?? plan.scheduleMinute;
  plan.scheduleIntervalHours = changes.schedule_interval_hours ?? plan.scheduleIntervalHours;
  plan.scheduleTimezone = changes.schedule_timezone ?? plan.scheduleTimezone;
  plan.scheduleMonthAnchor = changes.schedule_month_anchor ?? plan.scheduleMonthAnchor;
  if (plan.scheduleType === 'monthly_start') plan.scheduleMonthAnchor = 'start';
  if (plan.scheduleType === 'monthly_end') plan.scheduleMonthAnchor = 'end';
  if (plan.scheduleType === 'cron') plan.scheduleCron = cronFrom(changes, plan);
  plan.retentionDays = changes.retention_days ?? plan.retentionDays;
  plan.keepLastSuccessful = changes.keep_last_successful ?? plan.keepLastSuccessful;
  plan.keepDaily = changes.keep_daily ?? plan.keepDaily;
  plan.keepWeekly = changes.keep_weekly ?? plan.keepWeekly;
  plan.keepMonthly = changes.keep_monthly ?? plan.keepMonthly;
  plan.keepYearly = changes.keep_yearly ?? plan.keepYearly;
  plan.includeFiles = changes.include_files ?? plan.includeFiles;
}

/** The web UI sends an empty expression with everything it saves: that one is kept. */
function cronFrom({ cron_expression: sent }: UpdatePlanDto, plan: PlanEntity): string {
  const expression = typeof sent === 'string' && sent.trim() !== '' ? sent.trim() : plan.scheduleCron;
  if (parseCron(expression) === undefined) {
    throw new AppError('backups.plan.invalid', { details: { fields: ['cron_expression'] } });
  }
  return expression;
}
