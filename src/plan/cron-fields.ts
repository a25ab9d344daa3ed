import { CronExpressionParser } from 'cron-parser';
import { type CalendarDate, weekdayOf } from '../kernel/clock/local-time';

/** A five-field cron expression, taken apart: minute, hour, day of the month, month, day of the week. */
export interface CronFields {
  minutes: readonly number[];
  hours: readonly number[];
  /** The hour field is `*`: the expression counts real time, not the hours that clocks show. */
  isEveryHour: boolean;
  isDueOn: (date: CalendarDate) => boolean;
}

/** Digits, names of months and weekdays, and the four signs of POSIX crontab plus steps; no `L`, `#`, `?`, `H` or `@daily`. */
const FIELD = /^(?:\*|[0-9a-z]+(?:-[0-9a-z]+)?)(?:\/\d+)?(?:,(?:\*|[0-9a-z]+(?:-[0-9a-z]+)?)(?:\/\d+)?)*$/i;
const NAMES = new Set('jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat'.split(' '));
const FIELDS = 5;
/** The longest expression that is accepted, characters. */
export const CRON_MAX_LENGTH = 100;

/**
 * Takes a cron expression apart. As in crontab(5), a date is due when either day field matches, if neither of them is `*`.
 *
 * @param expression five fields, in the form of crontab(5)
 * @returns `undefined` when it is not such an expression, or names only dates that do not exist
 */
export function parseCron(expression: string): CronFields | undefined {
  const parts = expression.trim().split(/\s+/);
  if (expression.length > CRON_MAX_LENGTH || parts.length !== FIELDS || !parts.every(isField)) return undefined;
  let parsed;
  try {
    ({ fields: parsed } = CronExpressionParser.parse(parts.join(' ')));
  } catch {
    return undefined;
  }
  const { minute, hour, dayOfMonth, month, dayOfWeek } = parsed;
  const days = new Set<unknown>(dayOfMonth.values);
  const months = new Set<unknown>(month.values);
  const weekdays = new Set<unknown>(dayOfWeek.values);
  return {
    minutes: minute.values,
    hours: hour.values,
    isEveryHour: hour.isWildcard,
    isDueOn: (date) => {
      if (!months.has(date.month)) return false;
      const weekday = weekdayOf(date);
      // Sunday is 0 and 7.
      const isWeekday = weekdays.has(weekday) || (weekday === 0 && weekdays.has(7));
      if (dayOfMonth.isWildcard) return isWeekday;
      if (dayOfWeek.isWildcard) return days.has(date.day);
      return days.has(date.day) || isWeekday;
    },
  };
}

function isField(field: string): boolean {
  return FIELD.test(field) && (field.match(/[a-z]+/gi) ?? []).every((name) => NAMES.has(name.toLowerCase()));
}
