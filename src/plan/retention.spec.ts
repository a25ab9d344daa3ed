import fc from 'fast-check';
import { judgeRetention, type RetainedBackup, type RetentionRule } from './retention';

const DAY_MS = 24 * 3_600_000;
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
  ...changes,
});
const reasons = (backups: RetainedBackup[], rule: RetentionRule = { retentionDays: 30, keepLast: 2 }): string[] => {
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

  it('never removes what is pinned, imported, being made, or the newest verified one', () => {
    expect(
      reasons([
        backup(1),
        backup(2),
        backup(90, { pinned: true }),
        backup(91, { trigger: 'import' }),
        backup(92, { status: 'running' }),
        backup(93, { verifiedAt: NOW }),
        backup(94, { verifiedAt: new Date(NOW.getTime() - DAY_MS) }),
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

  it('removes nothing good while the latest automatic backup is a failure', () => {
    const failed = backup(0.5, { status: 'failed' });
    expect(reasons([failed, backup(5), backup(6), backup(90)])).toEqual([
      'keep recent',
      'keep recent',
      'keep recent',
      'keep last_run_failed',
    ]);
    expect(reasons([backup(0.1), failed, backup(5), backup(6), backup(90)]).at(-1)).toBe('remove expired');
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

  it('removes safety backups by their age alone, and rows of failures after a month', () => {
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
  }) as fc.Arbitrary<Omit<RetainedBackup, 'id'>>;
  const anyRule = fc.record({
    retentionDays: fc.integer({ min: 1, max: 60 }),
    keepLast: fc.integer({ min: 1, max: 8 }),
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
        if (backups.some(isGood)) expect(stays.some(isGood) || !backups.some(counted)).toBe(true);
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
