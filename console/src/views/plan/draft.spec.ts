import type { Plan } from '../../api/types';
import { changeOf, draftOf } from './draft';

const AT = '2026-01-05T02:00:00Z';
const PLAN: Plan = {
  id: 1,
  enabled: true,
  schedule_type: 'weekly',
  schedule_interval_hours: 6,
  schedule_weekday: 5,
  schedule_month_anchor: 'start',
  schedule_hour: 2,
  schedule_minute: 5,
  schedule_timezone: 'Europe/Kyiv',
  cron_expression: '5 2 * * 5',
  retention_days: 30,
  keep_last_successful: 5,
  keep_daily: 7,
  keep_weekly: 0,
  keep_monthly: 0,
  keep_yearly: 0,
  include_files: false,
  created_at: AT,
  updated_at: AT,
};

describe('a plan that is edited', () => {
  it('is sent as it was when nothing is changed', () => {
    const { id, schedule_month_anchor, cron_expression, created_at, updated_at, ...sent } = PLAN;
    expect([id, schedule_month_anchor, cron_expression, created_at, updated_at]).toHaveLength(5);
    expect(changeOf(draftOf(PLAN))).toEqual({ ok: true, change: sent });
  });

  it('sends the cron expression with its own type alone', () => {
    const draft = { ...draftOf(PLAN), schedule_type: 'cron' as const, cron_expression: '0 3 * * mon' };
    expect(changeOf(draft)).toMatchObject({ ok: true, change: { cron_expression: '0 3 * * mon' } });
  });

  it('names the fields that have to be mended first', () => {
    const draft = draftOf(PLAN);
    const numbers = { ...draft.numbers, retention_days: '0', keep_daily: '1e2', keep_yearly: '' };
    expect(changeOf({ ...draft, numbers, time: '', schedule_timezone: ' ' })).toEqual({
      ok: false,
      wrong: ['retention_days', 'keep_daily', 'keep_yearly', 'schedule_hour', 'schedule_timezone'],
    });
  });
});
