import fc from 'fast-check';
import { judgeRetention, retentionMoment, type RetainedBackup, type RetentionRule } from './retention';
import { DAY_MS } from '../../kernel/clock/durations';

const NOW = new Date('2026-06-15T03:00:00Z');
let nextId = 1;
const backup = (ageDays: number, changes: Partial<RetainedBackup> = {}): RetainedBackup => ({
  id: nextId++,
  status: 'success',
  trigger: 'scheduled',
  isWhole: true,
  createdAt: new Date(NOW.getTime() - ageDays * DAY_MS),
  pinned: false,
  verifiedAt: null,
  isUsable: true,
  isCopyAlone: false,
  ...changes,
});
const NO_TIERS = { keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepYearly: 0, timeZone: 'UTC' };
const RULE: RetentionRule = { retentionDays: 30, keepLast: 2, isLastRunFailed: false, ...NO_TIERS };
const reasons = (backups: RetainedBackup[], rule: RetentionRule = RULE): string[] => {
  const byId = new Map(judgeRetention(backups, rule, NOW).map((verdict) => [verdict.id, verdict]));
  return backups.map(({ id }) => `${byId.get(id)?.keep === true ? 'keep' : 'remove'} ${byId.get(id)?.reason ?? ''}`);
};

describe('retention', () => {
  it('removes what is old, but for the last ones', () => {
    expect(reasons([backup(1), backup(29), backup(31), backup(60)])).toEqual([
      'keep recent',
      'keep recent',
      'remove expired',
      'remove expired',
    ]);
    expect(reasons([backup(40), backup(50), backup(60)])).toEqual([
      'keep among_the_last',
      'keep among_the_last',
      'remove expired',
    ]);
  });

  it('keeps the newest of each day, week, month and year, as many as the tiers say', () => {
    const at = (moment: string, changes: Partial<RetainedBackup> = {}): RetainedBackup =>
      backup(0, { createdAt: new Date(moment), ...changes });
    const tiered = {
      ...RULE,
      retentionDays: 1,
      keepLast: 1,
      keepDaily: 2,
      keepWeekly: 2,
      keepMonthly: 3,
      keepYearly: 2,
    };
    expect(
      reasons(
        [
          at('2026-06-10T20:00:00Z'),
          at('2026-06-10T02:00:00Z'),
          at('2026-06-09T02:00:00Z', { isUsable: false }),
          at('2026-06-08T02:00:00Z'),
          at('2026-06-07T23:00:00Z'),
          at('2026-05-31T02:00:00Z'),
          at('2026-05-30T02:00:00Z'),
          at('2026-04-30T02:00:00Z'),
          at('2026-03-30T02:00:00Z'),
          at('2025-12-31T02:00:00Z'),
          at('2025-12-30T02:00:00Z', { verifiedAt: NOW }),
          at('2025-12-29T02:00:00Z'),
        ],
        tiered,
      ),
    ).toEqual([
      'keep among_the_last',
      'remove expired',
      'remove expired',
      'keep daily',
      'keep weekly',
      'keep monthly',
      'remove expired',
      'keep monthly',
      'remove expired',
      'keep yearly',
      'keep newest_verified',
      'remove expired',
    ]);
  });

  it('tells days apart by the calendar of the zone', () => {
    const late = backup(0, { createdAt: new Date('2026-05-01T21:30:00Z') });
    const early = backup(0, { createdAt: new Date('2026-05-01T20:30:00Z') });
    const rule = { ...RULE, keepLast: 1, keepDaily: 2 };
    expect(reasons([late, early], rule)).toEqual(['keep among_the_last', 'remove expired']);
    expect(reasons([late, early], { ...rule, timeZone: 'Europe/Kyiv' })).toEqual(['keep among_the_last', 'keep daily']);
  });

  it('never removes what is pinned, imported, being made, or the newest verified one', () => {
    expect(
      reasons([
        backup(1),
        backup(2),
        backup(90, { pinned: true }),
        backup(91, { trigger: 'import' }),
        backup(92, { status: 'running' }),
        backup(93, { verifiedAt: new Date(NOW.getTime() - DAY_MS) }),
        backup(94, { verifiedAt: NOW }),
      ]),
    ).toEqual([
      'keep recent',
      'keep recent',
      'keep pinned',
      'keep imported',
      'keep not_finished',
      'keep newest_verified',
      'remove expired',
    ]);
  });

  it('takes the place of the newest verified one for none that stays by itself or is not counted', () => {
    const verified = { verifiedAt: NOW };
    expect(
      reasons([
        backup(1),
        backup(2),
        backup(40, { ...verified, trigger: 'import' }),
        backup(41, { ...verified, trigger: 'safety' }),
        backup(42, { ...verified, isWhole: false }),
        backup(43, { ...verified, isUsable: false }),
        backup(44, verified),
        backup(45, verified),
      ]),
    ).toEqual([
      'keep recent',
      'keep recent',
      'keep imported',
      'remove expired',
      'keep among_the_last',
      'remove expired',
      'keep newest_verified',
      'remove expired',
    ]);
  });

  it('removes nothing good while the latest automatic backup is a failure', () => {
    const failed = backup(0.5, { status: 'failed' });
    const old = [failed, backup(5), backup(6), backup(90), backup(91, { trigger: 'safety' })];
    expect(reasons(old, { ...RULE, isLastRunFailed: true })).toEqual([
      'keep recent',
      'keep recent',
      'keep recent',
      'keep last_run_failed',
      'keep last_run_failed',
    ]);
    expect(reasons(old).slice(-2)).toEqual(['remove expired', 'remove expired']);
  });

  it('keeps the row of the latest automatic backup, however long ago it failed', () => {
    const rows = [backup(40, { status: 'failed' }), backup(41, { status: 'failed' }), backup(42)];
    expect(reasons(rows)).toEqual(['keep recent', 'remove failed_long_ago', 'keep among_the_last']);
  });

  it('removes nothing because a storage is not there for a while', () => {
    const lost = { isUsable: false };
    const all = [backup(40, lost), backup(41, lost), backup(42, { ...lost, isWhole: false }), backup(43, lost)];
    expect(reasons(all)).toEqual(all.map(() => 'keep not_replaced'));
    // What is made into the empty place meanwhile replaces them only when there is enough of it.
    expect(reasons([backup(1), ...all])).toEqual(['keep recent', ...all.map(() => 'keep not_replaced')]);
    expect(reasons([backup(1), backup(2), ...all]).slice(2)).toEqual([
      'remove expired',
      'remove expired',
      'keep not_replaced',
      'remove expired',
    ]);
  });

  it('is never far ahead of the sweep before, whatever the clock says', () => {
    const day = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);
    expect(retentionMoment(NOW, null)).toEqual(NOW);
    expect(retentionMoment(day(1), NOW)).toEqual(day(1));
    expect(retentionMoment(day(365), NOW)).toEqual(day(2));
    expect(retentionMoment(day(-365), NOW)).toEqual(day(-365));
  });

  it('does not let small or safety backups, or one without a file, take the place of the last whole ones', () => {
    const small = [1, 2, 3, 4].map((days) => backup(days, { isWhole: false, trigger: 'manual' }));
    const safety = [1, 2, 3].map((days) => backup(days, { trigger: 'safety' }));
    const lost = [1, 2, 3].map((days) => backup(days, { isUsable: false }));
    expect(reasons([...small, ...safety, ...lost, backup(80), backup(90), backup(100)]).slice(-3)).toEqual([
      'keep among_the_last',
      'keep among_the_last',
      'remove expired',
    ]);
  });

  it('neither counts nor removes what is left as a copy alone, whatever made it', () => {
    const lost = { isUsable: false, isCopyAlone: true };
    expect(
      reasons([backup(1), backup(2), backup(3), backup(400, lost), backup(500, { ...lost, trigger: 'safety' })]).slice(
        -2,
      ),
    ).toEqual(['keep not_replaced', 'keep not_replaced']);
    expect(reasons([backup(40), backup(50, lost), backup(60), backup(70)])).toEqual([
      'keep among_the_last',
      'keep not_replaced',
      'keep among_the_last',
      'remove expired',
    ]);
  });

  it('does not count safety backups, and removes rows of failures after a month', () => {
    expect(
      reasons([
        backup(1),
        backup(31, { trigger: 'safety' }),
        backup(31, { status: 'failed', trigger: 'manual' }),
        backup(29, { status: 'canceled' }),
      ]),
    ).toEqual(['keep recent', 'remove expired', 'remove failed_long_ago', 'keep recent']);
  });

  const anyBackup = fc.record({
    status: fc.constantFrom('queued', 'running', 'success', 'success', 'success', 'failed', 'canceled'),
    trigger: fc.constantFrom('manual', 'scheduled', 'scheduled', 'safety', 'import'),
    isWhole: fc.boolean(),
    createdAt: fc.integer({ min: 0, max: 100_000 }).map((minutes) => new Date(NOW.getTime() - minutes * 60_000)),
    pinned: fc.boolean(),
    verifiedAt: fc.option(fc.integer({ min: 0, max: 90 }).map((days) => new Date(NOW.getTime() - days * DAY_MS))),
    isUsable: fc.boolean(),
    isCopyAlone: fc.boolean(),
  }) as fc.Arbitrary<Omit<RetainedBackup, 'id'>>;
  const anyRule = fc.record({
    retentionDays: fc.integer({ min: 1, max: 60 }),
    keepLast: fc.integer({ min: 1, max: 8 }),
    isLastRunFailed: fc.boolean(),
    keepDaily: fc.integer({ min: 0, max: 5 }),
    keepWeekly: fc.integer({ min: 0, max: 5 }),
    keepMonthly: fc.integer({ min: 0, max: 5 }),
    keepYearly: fc.integer({ min: 0, max: 2 }),
    timeZone: fc.constantFrom('UTC', 'Pacific/Apia', 'America/New_York'),
  });

  it('never goes below its floor, removes only what is old, and has nothing left to do afterwards', () => {
    fc.assert(
      fc.property(fc.array(anyBackup, { maxLength: 40 }), anyRule, (some, rule) => {
        const backups = some.map((one, i) => ({ ...one, id: i + 1 }));
        const verdicts = judgeRetention(backups, rule, NOW);
        expect(verdicts.map(({ id }) => id).sort((a, b) => a - b)).toEqual(backups.map(({ id }) => id));
        const goes = new Set(verdicts.filter(({ keep }) => !keep).map(({ id }) => id));
        const stays = backups.filter(({ id }) => !goes.has(id));
        const isGood = (one: RetainedBackup): boolean => one.status === 'success' && one.isUsable && one.isWhole;
        const counted = (one: RetainedBackup): boolean => isGood(one) && ['manual', 'scheduled'].includes(one.trigger);
        expect(stays.filter(counted).length).toBeGreaterThanOrEqual(
          Math.min(rule.keepLast, backups.filter(counted).length),
        );
        const verified = backups.filter((one) => counted(one) && one.verifiedAt !== null);
        const newest = Math.max(...verified.map(({ createdAt }) => createdAt.getTime()));
        if (verified.length > 0) {
          expect(stays.some((one) => verified.includes(one) && one.createdAt.getTime() === newest)).toBe(true);
        }
        if (rule.isLastRunFailed)
          expect(backups.filter((one) => goes.has(one.id) && one.status === 'success')).toEqual([]);
        // Only as many as needed are lost for good when none that is gone comes back.
        const usable = backups.filter(counted).length;
        const lost = backups.filter(
          (one) =>
            one.status === 'success' && one.isWhole && ['manual', 'scheduled'].includes(one.trigger) && !isGood(one),
        );
        if (usable < rule.keepLast) expect(lost.filter(({ id }) => goes.has(id))).toEqual([]);
        for (const one of backups.filter(({ id }) => goes.has(id))) {
          expect(one.pinned || one.trigger === 'import').toBe(false);
          const ageDays = (NOW.getTime() - one.createdAt.getTime()) / DAY_MS;
          expect(ageDays).toBeGreaterThan(one.status === 'success' ? rule.retentionDays : 30);
        }
        const again = judgeRetention(stays, rule, NOW);
        expect(again.filter(({ keep }) => !keep)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
