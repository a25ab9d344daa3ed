import { parseCron } from './cron-fields';
import {
  addDays,
  type CalendarDate,
  dateAt,
  firstMomentOf,
  isLastOfMonth,
  momentsOf,
  weekdayOf,
} from '../kernel/clock/local-time';
import { HOUR_MS } from '../kernel/clock/durations';

/** The first four are the web UI's. */
export const SCHEDULE_TYPES = ['daily', 'weekly', 'monthly_start', 'monthly_end', 'hourly', 'cron'] as const;
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

/** Every so many hours; the numbers that divide a day. */
export const HOUR_INTERVALS = [1, 2, 3, 4, 6, 8, 12] as const;

/** When to back up, by the clocks of a zone. */
export interface Schedule {
  type: ScheduleType;
  /** 0–6, 0 is Sunday; counts only for `weekly`. */
  weekday: number;
  /** For `hourly` one of the hours at which a backup is due. */
  hour: number;
  minute: number;
  /** One of {@link HOUR_INTERVALS}; counts only for `hourly`. */
  intervalHours?: number;
  /** Five fields; counts only for `cron`. */
  cron?: string;
  /** IANA name. */
  timeZone: string;
}

/** The dates on which a schedule is due, and the times of such a date. */
interface DueRule {
  isDueOn: (date: CalendarDate) => boolean;
  /** In order. */
  times: readonly { hour: number; minute: number }[];
  /** Counts real hours: an hour that exists twice counts twice, one that does not exist is left out. */
  isEveryHour: boolean;
}

/** 29 February is at most eight years away. */
const DAYS_AHEAD = 9 * 366;
/** Dates on the other side of a moment, for what clocks and zones may shift. */
const DAYS_MARGIN = 2;
/** Due times of neighbouring dates may be out of order by as much as clocks are put back. */
const ORDER_MARGIN_MS = 3 * HOUR_MS;

/** The first due time after a moment. */
export function nextDue(schedule: Schedule, after: Date): Date {
  for (const due of duesFrom(schedule, after, 1)) if (due > after.getTime()) return new Date(due);
  throw new Error('a schedule without a next due time');
}

/** The next due times after a moment, as many as asked for. */
export function upcoming(schedule: Schedule, after: Date, count: number): Date[] {
  const dues = new Set<number>();
  for (const due of duesFrom(schedule, after, 1)) {
    if (dues.size >= count) break;
    if (due > after.getTime()) dues.add(due);
  }
  return [...dues].map((due) => new Date(due));
}

/** The last due time that is not after a moment. */
export function lastDue(schedule: Schedule, until: Date): Date {
  for (const due of duesFrom(schedule, until, -1)) if (due <= until.getTime()) return new Date(due);
  throw new Error('a schedule without a last due time');
}

/**
 * What has to be made up for: the newest due time that has come since the reference, however many there were.
 *
 * @param reference the latest successful automatic backup, or when the schedule took effect, whichever is later
 */
export function missedDue(schedule: Schedule, reference: Date, now: Date): Date | undefined {
  const due = lastDue(schedule, now);
  return due > reference ? due : undefined;
}

/** The schedule as cron would have it, for people; cron cannot say "the last day of the month". */
export function cronOf({ type, weekday, hour, minute, intervalHours = 1, cron = '' }: Schedule): string {
  switch (type) {
    case 'daily':
      return `${minute} ${hour} * * *`;
    case 'weekly':
      return `${minute} ${hour} * * ${weekday}`;
    case 'monthly_start':
      return `${minute} ${hour} 1 * *`;
    case 'monthly_end':
      return `${minute} ${hour} 28-31 * *`;
    case 'hourly':
      return `${minute} ${hoursOf(hour, intervalHours)} * * *`;
    case 'cron':
      return cron;
  }
}

function hoursOf(hour: number, intervalHours: number): string {
  if (intervalHours === 1) return '*';
  const first = hour % intervalHours;
  return first === 0 ? `*/${intervalHours}` : `${first}-23/${intervalHours}`;
}

/** Due times from two dates before a moment on, in order; or, with step -1, from two dates after it backwards. */
function* duesFrom(schedule: Schedule, around: Date, step: 1 | -1): Generator<number, void, undefined> {
  const rule = ruleOf(schedule);
  const { timeZone } = schedule;
  const today = dateAt(around.getTime(), timeZone);
  const inOrder = (dues: number[]): number[] => dues.sort((a, b) => (a - b) * step);
  let pending: number[] = [];
  for (let days = -DAYS_MARGIN; days <= DAYS_AHEAD; days += 1) {
    const date = addDays(today, days * step);
    if (pending.length > 0) {
      const edgeMs = firstMomentOf(step === 1 ? date : addDays(date, 1), 0, 0, timeZone) - ORDER_MARGIN_MS * step;
      const isSettled = (due: number): boolean => (due - edgeMs) * step <= 0;
      yield* inOrder(pending.filter(isSettled));
      pending = pending.filter((due) => !isSettled(due));
    }
    if (rule.isDueOn(date)) pending.push(...duesOn(rule, date, timeZone));
  }
  yield* inOrder(pending);
}

/** Two times of which clocks skip one may share a moment. */
function duesOn({ times, isEveryHour }: DueRule, date: CalendarDate, timeZone: string): Set<number> {
  return new Set(
    times.flatMap(({ hour, minute }) =>
      isEveryHour ? momentsOf(date, hour, minute, timeZone) : [firstMomentOf(date, hour, minute, timeZone)],
    ),
  );
}

function ruleOf(schedule: Schedule): DueRule {
  const { type, weekday, hour, minute } = schedule;
  const once = (isDueOn: DueRule['isDueOn']): DueRule => ({ isDueOn, times: [{ hour, minute }], isEveryHour: false });
  switch (type) {
    case 'daily':
      return once(() => true);
    case 'weekly':
      return once((date) => weekdayOf(date) === weekday);
    case 'monthly_start':
      return once((date) => date.day === 1);
    case 'monthly_end':
      return once(isLastOfMonth);
    case 'hourly':
    case 'cron':
      return cronRule(cronOf(schedule));
  }
}

function cronRule(expression: string): DueRule {
  const fields = parseCron(expression);
  if (fields === undefined) throw new Error('a stored cron expression that is not valid');
  const { minutes, hours, isEveryHour, isDueOn } = fields;
  return {
    isDueOn,
    times: hours.flatMap((hour) => minutes.map((minute) => ({ hour, minute }))),
    isEveryHour,
  };
}
