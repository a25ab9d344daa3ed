import type { Plan, PlanChange } from '../../api/types';

/** The numbers of a plan, each with what it may be. */
export const NUMBERS = {
  retention_days: { min: 1, max: 3650 },
  keep_last_successful: { min: 1, max: 1000 },
  keep_daily: { min: 0, max: 1000 },
  keep_weekly: { min: 0, max: 1000 },
  keep_monthly: { min: 0, max: 1000 },
  keep_yearly: { min: 0, max: 1000 },
} as const;

export type NumberField = keyof typeof NUMBERS;

export const NUMBER_FIELDS: readonly NumberField[] = [
  'retention_days',
  'keep_last_successful',
  'keep_daily',
  'keep_weekly',
  'keep_monthly',
  'keep_yearly',
];

export const SCHEDULES = ['daily', 'weekly', 'monthly_start', 'monthly_end', 'hourly', 'cron'] as const;
export const INTERVALS = [1, 2, 3, 4, 6, 8, 12] as const;

/** The plan while it is edited: numbers are texts, as they are in their fields. */
export interface Draft {
  readonly enabled: boolean;
  readonly schedule_type: Plan['schedule_type'];
  readonly schedule_interval_hours: Plan['schedule_interval_hours'];
  readonly schedule_weekday: number;
  /** Hour and minute, as a field of time has them: `02:30`. */
  readonly time: string;
  readonly schedule_timezone: string;
  readonly cron_expression: string;
  readonly numbers: Readonly<Record<NumberField, string>>;
  readonly include_files: boolean;
}

const padded = (value: number): string => String(value).padStart(2, '0');

export function draftOf(plan: Plan): Draft {
  return {
    enabled: plan.enabled,
    schedule_type: plan.schedule_type,
    schedule_interval_hours: plan.schedule_interval_hours,
    schedule_weekday: plan.schedule_weekday,
    time: `${padded(plan.schedule_hour)}:${padded(plan.schedule_minute)}`,
    schedule_timezone: plan.schedule_timezone,
    cron_expression: plan.cron_expression,
    numbers: {
      retention_days: String(plan.retention_days),
      keep_last_successful: String(plan.keep_last_successful),
      keep_daily: String(plan.keep_daily),
      keep_weekly: String(plan.keep_weekly),
      keep_monthly: String(plan.keep_monthly),
      keep_yearly: String(plan.keep_yearly),
    },
    include_files: plan.include_files,
  };
}

/** What would be sent, or the fields that have to be mended first, by their names in the API. */
export type DraftChange =
  { readonly ok: true; readonly change: PlanChange } | { readonly ok: false; readonly wrong: readonly string[] };

function numberOf(field: NumberField, text: string): number | undefined {
  const { min, max } = NUMBERS[field];
  const value = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

export function changeOf(draft: Draft): DraftChange {
  const [, hour, minute] = /^(\d{2}):(\d{2})/.exec(draft.time) ?? [];
  const numbers = NUMBER_FIELDS.map((field) => [field, numberOf(field, draft.numbers[field])] as const);
  const wrong = [
    ...numbers.filter(([, value]) => value === undefined).map(([field]) => field),
    ...(hour === undefined && draft.schedule_type !== 'cron' ? ['schedule_hour'] : []),
    ...(draft.schedule_timezone.trim() === '' ? ['schedule_timezone'] : []),
  ];
  if (wrong.length > 0) return { ok: false, wrong };
  return {
    ok: true,
    change: {
      enabled: draft.enabled,
      schedule_type: draft.schedule_type,
      schedule_interval_hours: draft.schedule_interval_hours,
      schedule_weekday: draft.schedule_weekday,
      ...(hour === undefined ? {} : { schedule_hour: Number(hour), schedule_minute: Number(minute) }),
      schedule_timezone: draft.schedule_timezone.trim(),
      ...(draft.schedule_type === 'cron' ? { cron_expression: draft.cron_expression } : {}),
      ...Object.fromEntries(numbers),
      include_files: draft.include_files,
    },
  };
}
