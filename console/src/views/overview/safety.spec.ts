import type { Integrity, PastBackup, Plan, StorageRoom } from '../../api/types';
import { judgeSafety, NOTHING_SEEN } from './safety';

const AT = '2026-01-05T02:00:00Z';
const PROVEN: Integrity = {
  status: 'ok',
  enabled: true,
  interval_hours: 168,
  overdue: false,
  last_successful_backup_at: AT,
  last_restore_test_status: 'success',
  last_proven_restorable_at: AT,
  alerts: [],
  leftovers: [],
};
const PLAN: Plan = {
  id: 1,
  enabled: true,
  schedule_type: 'daily',
  schedule_interval_hours: 1,
  schedule_weekday: 0,
  schedule_month_anchor: 'start',
  schedule_hour: 2,
  schedule_minute: 0,
  schedule_timezone: 'UTC',
  cron_expression: '0 2 * * *',
  retention_days: 30,
  keep_last_successful: 5,
  keep_daily: 0,
  keep_weekly: 0,
  keep_monthly: 0,
  keep_yearly: 0,
  include_files: false,
  created_at: AT,
  updated_at: AT,
};
const alert = (name: Integrity['alerts'][number]['alert']): Pick<Integrity, 'alerts'> => ({
  alerts: [{ alert: name, message: 'In words.', since: AT }],
});
const { last_successful_backup_at: _backup, last_proven_restorable_at: _proof, ...NOTHING } = PROVEN;

type Made = Pick<PastBackup, 'status' | 'source'>;

describe('the answer to "am I safe?"', () => {
  it.each<[string, Integrity, Partial<Plan>, string, string]>([
    ['proven, planned, nothing wrong', PROVEN, {}, 'yes', 'none'],
    ['the plan is off', PROVEN, { enabled: false }, 'yes', 'plan_off'],
    ['little room is left', { ...PROVEN, ...alert('storage_low') }, {}, 'yes', 'attention'],
    ['the last proof is too old', { ...PROVEN, overdue: true, status: 'warning' }, {}, 'unproven', 'proof_overdue'],
    ['nothing was ever proven', { ...NOTHING, last_successful_backup_at: AT }, {}, 'unproven', 'never_proven'],
    [
      'the newest backup is much smaller',
      { ...PROVEN, ...alert('backup_suspicious') },
      {},
      'unproven',
      'backup_suspicious',
    ],
    ['there is no backup', NOTHING, {}, 'no', 'no_backup'],
    ['the latest test failed', { ...PROVEN, last_restore_test_status: 'failed' }, {}, 'no', 'restore_test_failed'],
    ['the latest backup failed', { ...PROVEN, ...alert('backup_failed') }, {}, 'no', 'backup_failed'],
    ['files are gone', { ...PROVEN, ...alert('files_missing') }, {}, 'no', 'files_missing'],
  ])('%s', (_name, integrity, plan, answer, concern) => {
    expect(judgeSafety(integrity, { ...PLAN, ...plan })).toEqual({ answer, concern });
  });

  it('is no while a storage does not answer, although the alert has not begun', () => {
    const storage: StorageRoom = {
      name: 'offsite',
      kind: 's3',
      reachable: false,
      used_bytes: 1,
      files: 1,
      files_missing: 0,
      files_damaged: 0,
    };
    expect(judgeSafety(PROVEN, PLAN, { ...NOTHING_SEEN, storages: [storage] })).toEqual({
      answer: 'no',
      concern: 'storage_away',
    });
    const answers = { ...storage, reachable: true };
    expect(judgeSafety(PROVEN, PLAN, { ...NOTHING_SEEN, storages: [answers] }).answer).toBe('yes');
  });

  const local = (status: PastBackup['status']): Made => ({ status, source: 'local' });
  it.each<[string, Made[], string]>([
    ['has failed', [local('success'), local('failed')], 'no'],
    ['has succeeded after one that failed', [local('failed'), local('success')], 'yes'],
    ['is being made', [local('success'), local('running')], 'yes'],
    ['was canceled', [local('success'), local('canceled')], 'yes'],
    ['was imported, and failed', [local('success'), { status: 'failed', source: 'imported' }], 'yes'],
  ])('knows before the alert begins that the newest backup %s', (_name, made, answer) => {
    const items = made.map((one, id): PastBackup => ({ id, created_at: AT, trigger: 'manual', ...one }));
    expect(judgeSafety(PROVEN, PLAN, { ...NOTHING_SEEN, history: { items } }).answer).toBe(answer);
  });
});
