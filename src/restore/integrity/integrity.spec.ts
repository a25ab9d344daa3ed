import { type IntegrityFacts, judge } from './integrity';
import { HOUR_MS } from '../../kernel/clock/durations';

const NOW = new Date('2026-11-28T12:00:00.000Z');
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR_MS);

const test = (hours: number, status: string, id = 3) => ({
  ...{ id, backupId: 9, status, migrationMs: 0 },
  ...{ startedAt: new Date(ago(hours).getTime() - 90_000), finishedAt: ago(hours) },
});
const FACTS: IntegrityFacts = { now: NOW, isEnabled: true, intervalHours: 24, lastBackup: { id: 9, at: ago(1) } };
const passed = (hours: number) => ({ lastTest: test(hours, 'success'), lastSuccessfulTest: test(hours, 'success') });
const failed = { lastTest: test(1, 'failed', 4), lastFailedTest: test(1, 'failed', 4) };

describe('whether the system is known to be restorable', () => {
  it.each<[string, Partial<IntegrityFacts>, string, string | undefined, boolean]>([
    ['nothing was backed up', { lastBackup: undefined }, 'warning', 'noBackups', true],
    ['nothing was ever tested', {}, 'warning', 'restoreTestMissing', true],
    ['the last test has passed', passed(1), 'ok', undefined, false],
    ['the last test passed just in time', passed(24), 'ok', undefined, false],
    ['the last test passed too long ago', passed(24.1), 'warning', 'restoreTestStale', true],
    ['the last test has failed', failed, 'failed', 'restoreTestFailed', true],
    [
      'the last test has failed after one that passed',
      { ...passed(2), ...failed },
      'failed',
      'restoreTestFailed',
      false,
    ],
    [
      'the last test was canceled',
      { ...passed(2), lastTest: test(1, 'canceled') },
      'warning',
      'restoreTestStale',
      false,
    ],
  ])('where %s', (_, facts, status, key, isOverdue) => {
    const verdict = judge({ ...FACTS, ...facts });
    expect(verdict).toMatchObject({ status, overdue: isOverdue });
    expect(verdict.last_error_i18n_key).toBe(key === undefined ? undefined : `backups.integrity.${key}`);
  });

  it('tells how long a restore takes, and when the next test is', () => {
    expect(judge({ ...FACTS, ...passed(2) })).toMatchObject({
      measured_restore_seconds: 90,
      last_proven_restorable_at: ago(2).toISOString(),
      next_scheduled_test_at: ago(-22).toISOString(),
    });
  });

  it('does not count the migrations of a rehearsal that keeps its database', () => {
    const lastSuccessfulTest = { ...test(1, 'success'), migrationMs: 50_000 };
    expect(judge({ ...FACTS, lastSuccessfulTest })).toMatchObject({ measured_restore_seconds: 40 });
  });

  it('plans no test where none is wanted, or nothing could be tested', () => {
    expect(judge({ ...FACTS, ...passed(2), isEnabled: false })).not.toHaveProperty('next_scheduled_test_at');
    expect(judge({ ...FACTS, lastBackup: undefined })).not.toHaveProperty('next_scheduled_test_at');
    expect(judge(FACTS)).toMatchObject({ next_scheduled_test_at: NOW.toISOString() });
  });
});
