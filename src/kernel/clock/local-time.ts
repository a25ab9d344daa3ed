import { HOUR_MS, MINUTE_MS, SECOND_MS } from './durations';

/** No zone is further from UTC than 14 hours, and none changes its clock twice within two days. */
const AROUND_MS = 26 * HOUR_MS;

/** A date of the calendar; the month is 1–12. */
export interface CalendarDate {
  year: number;
  month: number;
  day: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * How far the clocks of a zone are ahead of UTC.
 *
 * @param timeZone IANA name
 * @returns milliseconds
 */
function offsetAt(instantMs: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instantMs / SECOND_MS) * SECOND_MS;
}

/** The date that a calendar on the wall shows in a zone. */
export function dateAt(instantMs: number, timeZone: string): CalendarDate {
  return dateOf(instantMs + offsetAt(instantMs, timeZone));
}

/** The date so many days later. */
export function addDays({ year, month, day }: CalendarDate, days: number): CalendarDate {
  return dateOf(Date.UTC(year, month - 1, day + days));
}

/** 0 is Sunday. */
export function weekdayOf({ year, month, day }: CalendarDate): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

export function isLastOfMonth(date: CalendarDate): boolean {
  return addDays(date, 1).day === 1;
}

/**
 * The moments at which the clocks of a zone show a time, in order: two for a time that exists twice, none for a time that
 * does not exist.
 *
 * @returns milliseconds since 1970
 */
export function momentsOf(date: CalendarDate, hour: number, minute: number, timeZone: string): number[] {
  const wantedMs = Date.UTC(date.year, date.month - 1, date.day, hour, minute);
  const moments = offsetsAround(wantedMs, timeZone)
    .map((offset) => wantedMs - offset)
    .filter((moment) => moment + offsetAt(moment, timeZone) === wantedMs);
  return [...new Set(moments)].sort((a, b) => a - b);
}

/**
 * The moment at which the clocks of a zone first show a time or one after it: of a time that exists twice the first, and
 * for a time that does not exist the first moment after the gap.
 *
 * @returns milliseconds since 1970
 */
export function firstMomentOf(date: CalendarDate, hour: number, minute: number, timeZone: string): number {
  const [first] = momentsOf(date, hour, minute, timeZone);
  if (first !== undefined) return first;
  const wantedMs = Date.UTC(date.year, date.month - 1, date.day, hour, minute);
  const offsets = offsetsAround(wantedMs, timeZone);
  // The clocks jump over it, somewhere between what it would be by the new offset and by the old one.
  let [before, after] = [wantedMs - Math.max(...offsets), wantedMs - Math.min(...offsets)];
  while (after - before > SECOND_MS) {
    const middle = before + Math.floor((after - before) / (2 * SECOND_MS)) * SECOND_MS;
    if (middle + offsetAt(middle, timeZone) >= wantedMs) after = middle;
    else before = middle;
  }
  return after;
}

/** The offsets before and after any change of the clocks near a local time. */
function offsetsAround(localMs: number, timeZone: string): number[] {
  return [offsetAt(localMs - AROUND_MS, timeZone), offsetAt(localMs + AROUND_MS, timeZone)];
}

/** RFC 3339 with the offset of the zone at that moment. */
export function withOffset(instant: Date, timeZone: string): string {
  const offsetMs = offsetAt(instant.getTime(), timeZone);
  const local = new Date(instant.getTime() + offsetMs).toISOString().slice(0, 19);
  const minutes = Math.round(Math.abs(offsetMs) / MINUTE_MS);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${local}${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function dateOf(localMs: number): CalendarDate {
  const date = new Date(localMs);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
