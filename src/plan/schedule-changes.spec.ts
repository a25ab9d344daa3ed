import fc from 'fast-check';
import { lastDue, missedDue, nextDue, type Schedule } from './schedule';
import { DAY_MS, MINUTE_MS } from '../kernel/clock/durations';

const zoneFormats = new Map<string, Intl.DateTimeFormat>();

/** What the zone itself says it is ahead of UTC, minutes: read from its name, not worked out from the hour it shows. */
function minutesAhead(ms: number, timeZone: string): number {
  let format = zoneFormats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    zoneFormats.set(timeZone, format);
  }
  const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign = '+', hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** How far ahead of UTC a zone is at every minute of a time, which no clock change but those in it has to be known for. */
function offsetsOf(timeZone: string, fromMs: number, minutes: number): Int16Array {
  const offsets = new Int16Array(minutes);
  const at = (minute: number): number => minutesAhead(fromMs + minute * MINUTE_MS, timeZone);
  for (let hour = 0; hour < minutes; hour += 60) {
    const end = Math.min(hour + 60, minutes);
    const atStart = at(hour);
    const isEven = atStart === at(end);
    for (let minute = hour; minute < end; minute += 1) offsets[minute] = isEven ? atStart : at(minute);
  }
  return offsets;
}

/** Minutes of a zone's life, with the clock on the wall at each. */
interface Wall {
  fromMs: number;
  minutesAhead: Int16Array;
}

/**
 * Due times told in another way: the clock on the wall is looked at every minute, and whenever it shows a wanted time, or
 * has passed it since the last look, that date is served.
 */
function walk(schedule: Schedule, { fromMs, minutesAhead }: Wall): number[] {
  const fromMinute = fromMs / MINUTE_MS;
  const isWanted = (day: number): boolean => {
    const date = new Date(day * DAY_MS);
    if (schedule.type === 'daily') return true;
    if (schedule.type === 'weekly') return date.getUTCDay() === schedule.weekday;
    return (schedule.type === 'monthly_start' ? date : new Date(date.getTime() + DAY_MS)).getUTCDate() === 1;
  };
  // Days are counted by the wall; the furthest it has shown is what has been served.
  let furthest = fromMinute + (minutesAhead[0] ?? 0);
  const wanted: number[] = [];
  for (let day = Math.floor(furthest / 1440); day <= furthest / 1440 + minutesAhead.length / 1440 + 2; day += 1) {
    const at = day * 1440 + schedule.hour * 60 + schedule.minute;
    if (at > furthest && isWanted(day)) wanted.push(at);
  }
  const dues: number[] = [];
  let served = 0;
  for (let minute = 1; minute < minutesAhead.length; minute += 1) {
    const shown = fromMinute + minute + (minutesAhead[minute] ?? 0);
    if (shown <= furthest) continue;
    furthest = shown;
    if (shown < (wanted[served] ?? Infinity)) continue;
    while (shown >= (wanted[served] ?? Infinity)) served += 1;
    dues.push(fromMs + minute * MINUTE_MS);
  }
  return dues;
}

/** Schedules of one due time a date at the most. */
const WALKED = ['daily', 'weekly', 'monthly_start', 'monthly_end'] as const;

const CHANGES: Readonly<Record<string, readonly string[]>> = {
  'Europe/Moscow': ['2010-03-28', '2010-10-31', '2011-03-27', '2014-10-26'],
  'Europe/Berlin': ['2026-03-29', '2026-10-25'],
  'America/New_York': ['2026-03-08', '2026-11-01'],
  'Australia/Lord_Howe': ['2026-04-05', '2026-10-04'],
  'Asia/Kathmandu': ['1985-12-31', '2026-02-28'],
  'Pacific/Apia': ['2011-12-30', '2012-04-01', '2020-09-27'],
  'Africa/Casablanca': ['2026-02-15', '2026-03-22'],
  'America/St_Johns': ['2026-03-08', '2026-11-01'],
  UTC: ['2028-02-29', '2027-12-31'],
};
const zonesAndDays = Object.entries(CHANGES).flatMap(([timeZone, days]) => days.map((day) => [timeZone, day] as const));

describe.each(zonesAndDays)('in %s, around %s', (timeZone, day) => {
  const MARGIN_DAYS = 3;
  /** So many days before and after the day: enough for one due time at the least. */
  const around: Readonly<Record<(typeof WALKED)[number], number>> = {
    daily: 2,
    weekly: 8,
    monthly_start: 32,
    monthly_end: 32,
  };
  const longest = 32 + MARGIN_DAYS;
  const fromMs = Date.parse(`${day}T00:00:00Z`) - longest * DAY_MS;
  const offsets = offsetsOf(timeZone, fromMs, 2 * longest * 1440);
  const someTime = fc.record({
    weekday: fc.integer({ min: 0, max: 6 }),
    hour: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 23 })),
    minute: fc.oneof(fc.constantFrom(0, 15, 30, 59), fc.integer({ min: 0, max: 59 })),
    // Where the moment of the question lies in the time before and after: 0–1.
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    until: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it.each(WALKED)('nothing %s is skipped and nothing is twice, as a walk from minute to minute shows', (type) => {
    fc.assert(
      fc.property(someTime, ({ from, until, ...time }) => {
        const schedule: Schedule = { ...time, type, timeZone };
        const days = around[type];
        const startMinute = (longest - days - MARGIN_DAYS) * 1440;
        const endMinute = (longest + days + MARGIN_DAYS) * 1440;
        const wall = {
          fromMs: fromMs + startMinute * MINUTE_MS,
          minutesAhead: offsets.subarray(startMinute, endMinute),
        };
        const walked = walk(schedule, wall);
        const beginMs = fromMs + (longest - days) * DAY_MS + Math.floor(from * days * 1440) * MINUTE_MS;
        const stopMs = fromMs + longest * DAY_MS + Math.floor(until * days * 1440) * MINUTE_MS;
        const expected = walked.filter((ms) => ms > beginMs && ms <= stopMs);
        const computed: number[] = [];
        for (let at = nextDue(schedule, new Date(beginMs)); at.getTime() <= stopMs; at = nextDue(schedule, at)) {
          computed.push(at.getTime());
        }
        const iso = (ms: number): string => new Date(ms).toISOString();
        expect(computed.map(iso)).toEqual(expected.map(iso));
        // A reference and a moment: what was missed between them is the newest due time, if there was any.
        const missed = missedDue(schedule, new Date(beginMs), new Date(stopMs));
        expect(missed?.getTime()).toBe(expected.at(-1));
        const [first] = expected;
        if (first === undefined) return;
        expect(lastDue(schedule, new Date(first)).getTime()).toBe(first);
        expect(missedDue(schedule, new Date(first - 1), new Date(first))?.getTime()).toBe(first);
        expect(missedDue(schedule, new Date(first), new Date(first + 1))).toBeUndefined();
      }),
      { numRuns: 10 },
    );
  });
});
