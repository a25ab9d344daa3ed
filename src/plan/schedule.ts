import { addDays, type CalendarDate, dateAt, firstMomentOf, isLastOfMonth, weekdayOf } from './local-time';

export const SCHEDULE_TYPES = ['daily', 'weekly', 'monthly_start', 'monthly_end'] as const;
export type ScheduleType = (typeof SCHEDULE_TYPES)[number];

/** When to back up, by the clocks of a zone. */
export interface Schedule {
  type: ScheduleType;
  /** 0–6, 0 is Sunday; counts only for `weekly`. */
  weekday: number;
  hour: number;
  minute: number;
  /** IANA name. */
  timeZone: string;
}

/** From one month's end to the next, and a date on either side for what clocks and zones may shift. */
const DAYS_AHEAD = 35;
const DAYS_MARGIN = 2;

/** The first due time after a moment. */
export function nextDue(schedule: Schedule, after: Date): Date {
  const [first] = duesAround(schedule, after, -DAYS_MARGIN, DAYS_AHEAD).filter((due) => due > after.getTime());
  // In 35 days there is a month's start and a month's end.
  if (first === undefined) throw new Error('a schedule without a next due time');
  return new Date(first);
}

/** The next due times after a moment, as many as asked for. */
export function upcoming(schedule: Schedule, after: Date, count: number): Date[] {
  const dues: Date[] = [];
  for (let from = after; dues.length < count;) {
    from = nextDue(schedule, from);
    dues.push(from);
  }
  return dues;
}

/** The last due time that is not after a moment. */
export function lastDue(schedule: Schedule, until: Date): Date {
  const last = duesAround(schedule, until, -DAYS_AHEAD, DAYS_MARGIN)
    .filter((due) => due <= until.getTime())
    .at(-1);
  if (last === undefined) throw new Error('a schedule without a last due time');
  return new Date(last);
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
export function cronOf({ type, weekday, hour, minute }: Schedule): string {
  switch (type) {
    case 'daily':
      return `${minute} ${hour} * * *`;
    case 'weekly':
      return `${minute} ${hour} * * ${weekday}`;
    case 'monthly_start':
      return `${minute} ${hour} 1 * *`;
    case 'monthly_end':
      return `${minute} ${hour} 28-31 * *`;
  }
}

/** Due times of the dates around a moment, in order; two dates of which clocks skip one may share one. */
function duesAround(schedule: Schedule, around: Date, fromDays: number, toDays: number): number[] {
  const today = dateAt(around.getTime(), schedule.timeZone);
  const dues: number[] = [];
  for (let days = fromDays; days <= toDays; days += 1) {
    const date = addDays(today, days);
    if (isDueOn(schedule, date)) dues.push(firstMomentOf(date, schedule.hour, schedule.minute, schedule.timeZone));
  }
  return dues;
}

function isDueOn({ type, weekday }: Schedule, date: CalendarDate): boolean {
  switch (type) {
    case 'daily':
      return true;
    case 'weekly':
      return weekdayOf(date) === weekday;
    case 'monthly_start':
      return date.day === 1;
    case 'monthly_end':
      return isLastOfMonth(date);
  }
}
