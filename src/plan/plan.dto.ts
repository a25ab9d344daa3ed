import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsBoolean, IsIn, IsInt, IsString, IsTimeZone, Matches, Max, MaxLength, Min } from 'class-validator';
import { present } from '../engine/optional/present';
import type { ErrorCode } from '../kernel/errors/error-table';
import { Optional } from '../kernel/http/optional';
import { CRON_MAX_LENGTH } from './cron-fields';
import type { PlanEntity } from './plan.entity';
import { scheduleOf } from './schedule-of';
import { cronOf, HOUR_INTERVALS, SCHEDULE_TYPES, type ScheduleType } from './schedule';

const TIER = { type: 'integer', minimum: 0, maximum: 1000, example: 0 } as const;

/** Body of `PUT /api/backups/plan`. What is left out is kept. */
export class UpdatePlanDto {
  static readonly invalidCode: ErrorCode = 'backups.plan.invalid';

  @ApiPropertyOptional({ description: 'Whether backups are made automatically.' })
  @Optional()
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional({
    type: String,
    maxLength: CRON_MAX_LENGTH,
    description:
      'Five fields as in crontab(5), by the clocks of `schedule_timezone`. Counts only with `schedule_type` `cron`, where an empty one keeps the present one; ignored with every other type.',
    example: '',
  })
  @Allow()
  cron_expression?: unknown;

  @ApiPropertyOptional({ enum: SCHEDULE_TYPES, description: 'What kind of schedule it is; docs/plan.md.' })
  @Optional()
  @IsIn(SCHEDULE_TYPES)
  schedule_type?: ScheduleType;

  @ApiPropertyOptional({
    enum: HOUR_INTERVALS,
    description: 'For `hourly`: every so many hours, `schedule_hour` being one of them.',
  })
  @Optional()
  @IsIn(HOUR_INTERVALS)
  schedule_interval_hours?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 6, description: '0 is Sunday.' })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(6)
  schedule_weekday?: number;

  @ApiPropertyOptional({ enum: ['start', 'end'], description: 'Follows from a monthly `schedule_type`.' })
  @Optional()
  @IsIn(['start', 'end'])
  schedule_month_anchor?: 'start' | 'end';

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: 23,
    description: 'Hour of the day, by the clocks of the zone.',
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(23)
  schedule_hour?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 59, description: 'Minute of the hour.' })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(59)
  schedule_minute?: number;

  @ApiPropertyOptional({ example: 'Europe/Kyiv', description: 'IANA name.' })
  @Optional()
  @IsString()
  @MaxLength(64)
  // An offset such as +03:00 is no zone: it knows nothing of clock changes.
  @Matches(/^[A-Za-z]/)
  @IsTimeZone()
  schedule_timezone?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 3650, description: 'Days for which a backup stays.' })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(3650)
  retention_days?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    description: 'So many of the newest stay, however old.',
  })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(1000)
  keep_last_successful?: number;

  @ApiPropertyOptional({
    ...TIER,
    description: 'The newest backup of each of the last so many days that have one stays.',
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(1000)
  keep_daily?: number;

  @ApiPropertyOptional({
    ...TIER,
    description: 'The newest backup of each of the last so many weeks (Monday to Sunday) that have one stays.',
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(1000)
  keep_weekly?: number;

  @ApiPropertyOptional({
    ...TIER,
    description: 'The newest backup of each of the last so many months that have one stays.',
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(1000)
  keep_monthly?: number;

  @ApiPropertyOptional({
    ...TIER,
    description: 'The newest backup of each of the last so many years that have one stays.',
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(1000)
  keep_yearly?: number;

  @ApiPropertyOptional({ description: 'Application files, too.' })
  @Optional()
  @IsBoolean()
  include_files?: boolean;
}

/** The plan as clients see it. */
export class PlanDto {
  @ApiProperty({ example: 1, description: 'Number of it.' })
  id!: number;

  @ApiProperty({ description: 'Whether backups are made automatically.' })
  enabled!: boolean;

  @ApiProperty({ enum: SCHEDULE_TYPES, description: 'What kind of schedule it is; docs/plan.md.' })
  schedule_type!: ScheduleType;

  @ApiProperty({ enum: HOUR_INTERVALS, description: 'Counts for `hourly`.' })
  schedule_interval_hours!: number;

  @ApiProperty({ minimum: 0, maximum: 6, description: '0 is Sunday.' })
  schedule_weekday!: number;

  @ApiProperty({ enum: ['start', 'end'], description: 'For monthly ones: the first or the last day.' })
  schedule_month_anchor!: 'start' | 'end';

  @ApiProperty({ example: 2, description: 'Hour of the day, by the clocks of the zone.' })
  schedule_hour!: number;

  @ApiProperty({ example: 0, description: 'Minute of the hour.' })
  schedule_minute!: number;

  @ApiProperty({ example: 'Europe/Kyiv', description: 'IANA name of the zone.' })
  schedule_timezone!: string;

  @ApiProperty({
    example: '0 2 * * *',
    description: 'With `cron` the schedule; with every other type for people, following from the other fields.',
  })
  cron_expression!: string;

  @ApiProperty({ example: 30, description: 'Days for which a backup stays.' })
  retention_days!: number;

  @ApiProperty({ example: 5, description: 'So many of the newest stay, however old.' })
  keep_last_successful!: number;

  @ApiProperty({ example: 0, description: 'Days of which the newest backup stays.' })
  keep_daily!: number;

  @ApiProperty({ example: 0, description: 'Weeks of which the newest backup stays.' })
  keep_weekly!: number;

  @ApiProperty({ example: 0, description: 'Months of which the newest backup stays.' })
  keep_monthly!: number;

  @ApiProperty({ example: 0, description: 'Years of which the newest backup stays.' })
  keep_yearly!: number;

  @ApiProperty({ description: 'Application files, too.' })
  include_files!: boolean;

  @ApiPropertyOptional({ format: 'date-time', description: 'When the latest successful automatic backup was begun.' })
  last_auto_run_at?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When the next automatic backup begins.' })
  next_run_at?: string;

  @ApiProperty({ format: 'date-time', description: 'When it was asked for.' })
  created_at!: string;

  @ApiProperty({ format: 'date-time', description: 'When it last changed.' })
  updated_at!: string;

  static from(plan: PlanEntity, nextRunAt: Date | undefined): PlanDto {
    return {
      id: plan.id,
      enabled: plan.enabled,
      schedule_type: plan.scheduleType,
      schedule_interval_hours: plan.scheduleIntervalHours,
      schedule_weekday: plan.scheduleWeekday,
      schedule_month_anchor: plan.scheduleMonthAnchor,
      schedule_hour: plan.scheduleHour,
      schedule_minute: plan.scheduleMinute,
      schedule_timezone: plan.scheduleTimezone,
      cron_expression: cronOf({ ...scheduleOf(plan), weekday: plan.scheduleWeekday }),
      retention_days: plan.retentionDays,
      keep_last_successful: plan.keepLastSuccessful,
      keep_daily: plan.keepDaily,
      keep_weekly: plan.keepWeekly,
      keep_monthly: plan.keepMonthly,
      keep_yearly: plan.keepYearly,
      include_files: plan.includeFiles,
      ...present({ last_auto_run_at: plan.lastAutoRunAt?.toISOString(), next_run_at: nextRunAt?.toISOString() }),
      created_at: plan.createdAt.toISOString(),
      updated_at: plan.updatedAt.toISOString(),
    };
  }
}

export class PlanItemDto {
  @ApiProperty({ type: PlanDto })
  item!: PlanDto;
}
