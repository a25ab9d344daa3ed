import type { RestoreRun, RestoreStep } from '../../api/types';
import { momentOf, type Moment } from './moment';

type Facts = Parameters<typeof momentOf>[0];

const steps = (states: Readonly<Record<string, RestoreStep['status']>>): RestoreStep[] =>
  Object.entries(states).map(([name, status]) => ({ name, status, message_i18n_key: '' }));

const running = (states: Readonly<Record<string, RestoreStep['status']>>, more: Partial<RestoreRun> = {}): Facts => ({
  status: 'running',
  dry_run: false,
  steps: steps(states),
  ...more,
});

describe('momentOf', () => {
  it.each<[Moment, Facts]>([
    ['waiting', running({}, { status: 'queued' })],
    ['reading', running({ decrypt_bscc: 'running', enter_maintenance: 'queued' })],
    ['closed', running({ enter_maintenance: 'running', exit_maintenance: 'queued' })],
    ['closed', running({ enter_maintenance: 'success', restore_database: 'running', exit_maintenance: 'queued' })],
    ['closed', running({ enter_maintenance: 'success', exit_maintenance: 'running' })],
    ['finishing', running({ enter_maintenance: 'success', exit_maintenance: 'success', finish: 'running' })],
    ['undoing', running({ enter_maintenance: 'success', restore_database: 'failed', exit_maintenance: 'queued' })],
    ['reading', running({ decrypt_bscc: 'running', restore_database: 'queued' }, { online: true })],
    ['loading_beside', running({ restore_database: 'running', enter_maintenance: 'queued' }, { online: true })],
    ['closed', running({ restore_database: 'success', enter_maintenance: 'running' }, { online: true })],
    ['untouched', running({ restore_database: 'running' }, { dry_run: true })],
    ['untouched', running({ restore_database: 'running' }, { into: 'scc_copy' })],
    ['done', running({ finish: 'success' }, { status: 'success' })],
    ['failed', running({ restore_database: 'failed' }, { status: 'failed' })],
    ['canceled', running({ restore_database: 'canceled' }, { status: 'canceled' })],
  ])('is %s', (moment, run) => {
    expect(momentOf(run)).toBe(moment);
  });
});
