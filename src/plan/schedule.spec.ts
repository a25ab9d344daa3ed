import fc from 'fast-check';
import { cronOf, lastDue, missedDue, nextDue, type Schedule, SCHEDULE_TYPES, upcoming } from './schedule';
import { offsetAt, withOffset } from './local-time';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const daily = (hour: number, minute: number, timeZone: string): Schedule => ({
  type: 'daily',
  weekday: 0,
  hour,
  minute,
  timeZone,
});
const next = (schedule: Schedule, after: string): string => nextDue(schedule, new Date(after)).toISOString();

describe('a due time', () => {
  it.each<[string, Schedule, string, string]>([
    [
      'is the same day when it is still to come',
      daily(2, 0, 'UTC'),
      '2026-03-01T01:59:59Z',
      '2026-03-01T02:00:00.000Z',
    ],
    ['is the next day from its own moment on', daily(2, 0, 'UTC'), '2026-03-01T02:00:00Z', '2026-03-02T02:00:00.000Z'],
    ['is by the clocks of its zone', daily(2, 0, 'Europe/Moscow'), '2026-03-01T00:00:00Z', '2026-03-01T23:00:00.000Z'],
    [
      'is by quarters of an hour where clocks are',
      daily(0, 0, 'Asia/Kathmandu'),
      '2026-03-01T00:00:00Z',
      '2026-03-01T18:15:00.000Z',
    ],
    [
      'that does not exist is the first moment after the gap',
      daily(2, 30, 'Europe/Berlin'),
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'that exists twice is the first of the two',
      daily(2, 30, 'Europe/Berlin'),
      '2026-10-24T12:00:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'that exists twice is not due again',
      daily(2, 30, 'Europe/Berlin'),
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00.000Z',
    ],
    [
      'that does not exist where clocks go by half hours',
      daily(2, 15, 'Australia/Lord_Howe'),
      '2026-10-03T12:00:00Z',
      '2026-10-03T15:30:00.000Z',
    ],
    [
      'of a day that does not exist is the first moment of the next',
      daily(12, 0, 'Pacific/Apia'),
      '2011-12-29T23:00:00Z',
      '2011-12-30T10:00:00.000Z',
    ],
    [
      'at midnight on a Sunday',
      { type: 'weekly', weekday: 0, hour: 0, minute: 0, timeZone: 'UTC' },
      '2026-03-02T00:00:00Z',
      '2026-03-08T00:00:00.000Z',
    ],
    [
      'on the first of a month',
      { type: 'monthly_start', weekday: 0, hour: 3, minute: 5, timeZone: 'UTC' },
      '2026-12-01T03:05:00Z',
      '2027-01-01T03:05:00.000Z',
    ],
    [
      'on the last of February',
      { type: 'monthly_end', weekday: 0, hour: 3, minute: 5, timeZone: 'UTC' },
      '2026-02-01T00:00:00Z',
      '2026-02-28T03:05:00.000Z',
    ],
    [
      'on the last of February in a leap year',
      { type: 'monthly_end', weekday: 0, hour: 3, minute: 5, timeZone: 'UTC' },
      '2028-02-01T00:00:00Z',
      '2028-02-29T03:05:00.000Z',
    ],
    [
      'on the last of a month of 31 days',
      { type: 'monthly_end', weekday: 0, hour: 23, minute: 59, timeZone: 'UTC' },
      '2026-02-28T23:59:00Z',
      '2026-03-31T23:59:00.000Z',
    ],
  ])('%s', (_, schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  it('has been missed when it has come since the reference, and only the newest of several', () => {
    const schedule = daily(2, 0, 'UTC');
    const at = (text: string): Date => new Date(text);
    expect(missedDue(schedule, at('2026-03-01T02:00:10Z'), at('2026-03-02T01:59:59Z'))).toBeUndefined();
    expect(missedDue(schedule, at('2026-03-01T02:00:10Z'), at('2026-03-02T02:00:00Z'))).toEqual(
      at('2026-03-02T02:00:00Z'),
    );
    expect(missedDue(schedule, at('2026-03-01T02:00:10Z'), at('2026-03-09T12:00:00Z'))).toEqual(
      at('2026-03-09T02:00:00Z'),
    );
  });

  it('is shown with the offset of its zone at that moment', () => {
    const [before, after] = upcoming(daily(4, 0, 'America/New_York'), new Date('2026-03-07T00:00:00Z'), 2);
    expect(before && withOffset(before, 'America/New_York')).toBe('2026-03-07T04:00:00-05:00');
    expect(after && withOffset(after, 'America/New_York')).toBe('2026-03-08T04:00:00-04:00');
  });
});

describe('cron expressions', () => {
  it.each<[Partial<Schedule>, string]>([
    [{ type: 'daily' }, '0 0 * * *'],
    [{ type: 'weekly', weekday: 0 }, '0 0 * * 0'],
    [{ type: 'weekly', weekday: 6, hour: 23, minute: 59 }, '59 23 * * 6'],
    [{ type: 'monthly_start', hour: 1 }, '0 1 1 * *'],
    [{ type: 'monthly_end', minute: 5 }, '5 0 28-31 * *'],
  ])('of %j is %s', (changes, cron) => {
    expect(cronOf({ ...daily(0, 0, 'UTC'), ...changes })).toBe(cron);
  });
});

/**
 * The same told in another way: a clock on a wall is looked at every minute, and whenever it shows a wanted time, or has
 * passed it since the last look, that date is served.
 */
function* walk(schedule: Schedule, fromMs: number, days: number): Generator<number> {
  const local = (ms: number): number => ms + offsetAt(ms, schedule.timeZone);
  const isWanted = (localMidnight: Date): boolean => {
    const tomorrow = new Date(localMidnight.getTime() + DAY_MS);
    if (schedule.type === 'daily') return true;
    if (schedule.type === 'weekly') return localMidnight.getUTCDay() === schedule.weekday;
    return schedule.type === 'monthly_start' ? localMidnight.getUTCDate() === 1 : tomorrow.getUTCDate() === 1;
  };
  const wanted: number[] = [];
  const startMs = fromMs - 2 * DAY_MS;
  const midnight = Math.floor(local(startMs) / DAY_MS) * DAY_MS;
  for (let day = 0; day <= days + 4; day += 1) {
    const date = new Date(midnight + day * DAY_MS);
    const at = date.getTime() + (schedule.hour * 60 + schedule.minute) * MINUTE_MS;
    if (isWanted(date) && at > local(startMs)) wanted.push(at);
  }
  for (let ms = startMs; ms <= fromMs + days * DAY_MS; ms += MINUTE_MS) {
    const shown = local(ms);
    let isDue = false;
    while (wanted[0] !== undefined && wanted[0] <= shown) {
      wanted.shift();
      isDue = true;
    }
    if (isDue && ms > fromMs) yield ms;
  }
}

describe('in every zone, across its clock changes', () => {
  const changes: Readonly<Record<string, readonly string[]>> = {
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
  const zoneAndDay = fc
    .constantFrom(...Object.entries(changes))
    .chain(([timeZone, days]) => fc.record({ timeZone: fc.constant(timeZone), day: fc.constantFrom(...days) }));
  const schedules = fc.record({
    type: fc.constantFrom(...SCHEDULE_TYPES),
    weekday: fc.integer({ min: 0, max: 6 }),
    hour: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 23 })),
    minute: fc.oneof(fc.constantFrom(0, 15, 30, 59), fc.integer({ min: 0, max: 59 })),
  });

  it('nothing is skipped and nothing is twice, as a walk from minute to minute shows', () => {
    fc.assert(
      fc.property(
        zoneAndDay,
        schedules,
        fc.integer({ min: -40 * 1440, max: 1440 }),
        ({ timeZone, day }, rest, shift) => {
          const schedule: Schedule = { ...rest, timeZone };
          const fromMs = Date.parse(`${day}T00:00:00Z`) + shift * MINUTE_MS;
          const walked = [...walk(schedule, fromMs, 42)];
          const computed: number[] = [];
          for (let at = new Date(fromMs); ;) {
            at = nextDue(schedule, at);
            if (at.getTime() > fromMs + 42 * DAY_MS) break;
            computed.push(at.getTime());
          }
          expect(computed.map((ms) => new Date(ms).toISOString())).toEqual(
            walked.map((ms) => new Date(ms).toISOString()),
          );
          for (const due of walked) {
            expect(lastDue(schedule, new Date(due)).getTime()).toBe(due);
            expect(lastDue(schedule, new Date(due + MINUTE_MS)).getTime()).toBe(due);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
