import { cronOf, lastDue, missedDue, nextDue, type Schedule, upcoming } from './schedule';
import { parseCron } from './cron-fields';
import { withOffset } from '../kernel/clock/local-time';

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
    [{ type: 'hourly', minute: 5 }, '5 * * * *'],
    [{ type: 'hourly', hour: 14, minute: 30, intervalHours: 6 }, '30 2-23/6 * * *'],
    [{ type: 'hourly', hour: 12, intervalHours: 4 }, '0 */4 * * *'],
    [{ type: 'cron', cron: '0 3 * * mon-fri' }, '0 3 * * mon-fri'],
  ])('of %j is %s', (changes, cron) => {
    expect(cronOf({ ...daily(0, 0, 'UTC'), ...changes })).toBe(cron);
  });
});

describe('a schedule by hours or by cron', () => {
  const cron = (expression: string, timeZone = 'UTC'): Schedule => ({
    ...daily(0, 0, timeZone),
    type: 'cron',
    cron: expression,
  });
  const dues = (schedule: Schedule, after: string, count: number): string[] =>
    upcoming(schedule, new Date(after), count).map((due) => due.toISOString().slice(0, 16));

  it.each<[string, Schedule, string, string[]]>([
    [
      'is due every six hours, counted from the hour given',
      { ...daily(14, 30, 'UTC'), type: 'hourly', intervalHours: 6 },
      '2026-03-01T00:00:00Z',
      ['2026-03-01T02:30', '2026-03-01T08:30', '2026-03-01T14:30', '2026-03-01T20:30', '2026-03-02T02:30'],
    ],
    [
      'is due on weekdays alone',
      cron('0 3 * * mon-fri'),
      '2026-03-06T04:00:00Z',
      ['2026-03-09T03:00', '2026-03-10T03:00'],
    ],
    ['takes 7 for Sunday', cron('0 3 * * 7'), '2026-03-06T04:00:00Z', ['2026-03-08T03:00', '2026-03-15T03:00']],
    [
      'is due when either day field matches, when neither is *',
      cron('0 0 13 * 5'),
      '2026-03-01T00:00:00Z',
      ['2026-03-06T00:00', '2026-03-13T00:00', '2026-03-20T00:00', '2026-03-27T00:00', '2026-04-03T00:00'],
    ],
    [
      'is due on 29 February, over the year without one',
      cron('15 4 29 2 *'),
      '2096-03-01T00:00:00Z',
      ['2104-02-29T04:15'],
    ],
    [
      'with fixed hours, is due at the first moment after the gap',
      cron('30 2,4 * * *', 'Europe/Berlin'),
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:00', '2026-03-29T02:30'],
    ],
    [
      'with fixed hours, is due once in the hour that exists twice',
      cron('30 2 * * *', 'Europe/Berlin'),
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'of every hour, leaves out the hour that does not exist',
      { ...daily(0, 30, 'Europe/Berlin'), type: 'hourly', intervalHours: 1 },
      '2026-03-28T23:45:00Z',
      ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30'],
    ],
    [
      'of every hour, is due in both hours that clocks show alike',
      cron('30 * * * *', 'Europe/Berlin'),
      '2026-10-24T23:45:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30'],
    ],
    [
      'is in order where clocks are put back over midnight',
      cron('45 * * * *', 'America/Sao_Paulo'),
      '2018-02-18T00:00:00Z',
      ['2018-02-18T00:45', '2018-02-18T01:45', '2018-02-18T02:45', '2018-02-18T03:45'],
    ],
  ])('%s', (_, schedule, after, expected) => {
    expect(dues(schedule, after, expected.length)).toEqual(expected);
    for (const due of expected) {
      expect(
        lastDue(schedule, new Date(`${due}:59Z`))
          .toISOString()
          .slice(0, 16),
      ).toBe(due);
    }
  });

  it.each([
    '* * * *',
    '* * * * * *',
    '@daily',
    '0 2 L * *',
    '0 2 ? * *',
    'H 2 * * *',
    '0 2 * * 1#2',
    '0 2 * * 5L',
    '60 * * * *',
    '0 24 * * *',
    '0 2 30 2 *',
    '0 2 31 4,6 *',
    '5-1 * * * *',
    '*/0 * * * *',
    '',
    `0 2 * * ${'1,'.repeat(60)}1`,
  ])('refuses %j', (expression) => {
    expect(parseCron(expression)).toBeUndefined();
  });
});
