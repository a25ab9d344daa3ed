import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Cause } from '../kernel/errors/cause';
import type { ErrorCode } from '../kernel/errors/error-table';
import type { ScheduleType } from './schedule';

/** A backup that a sweep could not remove, and why. */
export interface RetentionFailure {
  readonly backup_id: number;
  readonly error_code: ErrorCode;
  readonly cause?: Cause | undefined;
}

/** When to back up automatically, and what to keep: one row for all replicas. */
@Entity('plan')
@Check('plan_id_check', '(id = 1)')
export class PlanEntity {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'boolean' })
  enabled!: boolean;

  @Column({ name: 'schedule_type', type: 'text' })
  scheduleType!: ScheduleType;

  @Column({ name: 'schedule_weekday', type: 'integer' })
  scheduleWeekday!: number;

  @Column({ name: 'schedule_hour', type: 'integer' })
  scheduleHour!: number;

  @Column({ name: 'schedule_minute', type: 'integer' })
  scheduleMinute!: number;

  @Column({ name: 'schedule_month_anchor', type: 'text' })
  scheduleMonthAnchor!: 'start' | 'end';

  @Column({ name: 'schedule_interval_hours', type: 'integer', default: 1 })
  scheduleIntervalHours!: number;

  /** Five fields; empty until the plan has first had a schedule of type `cron`. */
  @Column({ name: 'schedule_cron', type: 'text', default: '' })
  scheduleCron!: string;

  @Column({ name: 'schedule_timezone', type: 'text' })
  scheduleTimezone!: string;

  @Column({ name: 'retention_days', type: 'integer' })
  retentionDays!: number;

  @Column({ name: 'keep_last_successful', type: 'integer' })
  keepLastSuccessful!: number;

  @Column({ name: 'keep_daily', type: 'integer', default: 0 })
  keepDaily!: number;

  @Column({ name: 'keep_weekly', type: 'integer', default: 0 })
  keepWeekly!: number;

  @Column({ name: 'keep_monthly', type: 'integer', default: 0 })
  keepMonthly!: number;

  @Column({ name: 'keep_yearly', type: 'integer', default: 0 })
  keepYearly!: number;

  @Column({ name: 'include_files', type: 'boolean' })
  includeFiles!: boolean;

  /** Since when this schedule counts: what was due before has not been missed. */
  @Column({ name: 'effective_from', type: 'timestamptz' })
  effectiveFrom!: Date;

  /** When the latest successful automatic backup was begun. */
  @Column({ name: 'last_auto_run_at', type: 'timestamptz', nullable: true })
  lastAutoRunAt!: Date | null;

  @Column({ name: 'last_retention_at', type: 'timestamptz', nullable: true })
  lastRetentionAt!: Date | null;

  /** As of when the latest sweep has judged; see {@link retentionMoment}. */
  @Column({ name: 'retention_as_of', type: 'timestamptz', nullable: true })
  retentionAsOf!: Date | null;

  /** How many backups the latest sweep could not remove. */
  @Column({ name: 'retention_failures', type: 'integer', default: 0 })
  retentionFailures!: number;

  /** The first of these. */
  @Column({ name: 'retention_failure', type: 'jsonb', nullable: true })
  retentionFailure!: RetentionFailure | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
