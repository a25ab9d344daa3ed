import type { RestoreRun } from '../../api/types';
import { actionsOnRun } from './run-actions';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const run = (more: Partial<RestoreRun>): RestoreRun => ({
  id: 7,
  artifact_id: 3,
  status: 'running',
  mode: 'restore',
  dry_run: false,
  requested_by: 'olena',
  steps: [],
  logs: [],
  meta_json: {},
  created_at: '2026-11-29T11:00:00Z',
  updated_at: '2026-11-29T11:00:00Z',
  ...more,
});
const step = (name: string, status: RestoreRun['status']) => ({ name, status, message_i18n_key: '' });
const [ahead, over] = ['2026-11-29T12:00:01Z', '2026-11-29T11:59:59Z'];
const kept = { status: 'success', mode: 'rehearse', dry_run: true, scratch_database: 'scc_rehearsal_7' } as const;

describe('actionsOnRun', () => {
  it.each<[string, Partial<RestoreRun>, string[]]>([
    ['a dry run that goes on', { dry_run: true, mode: 'verify' }, ['cancel']],
    ['a restore that goes on', {}, []],
    ['a restore into a new database', { into: 'scc_copy' }, ['cancel']],
    ['an online restore that loads', { online: true, steps: [step('enter_maintenance', 'queued')] }, ['cancel']],
    [
      'an online restore that has closed the target',
      { online: true, steps: [step('enter_maintenance', 'success')] },
      [],
    ],
    ['a restore whose old database is kept', { status: 'success', rollback_until: ahead }, ['rollback']],
    ['a restore whose old database was dropped', { status: 'success', rollback_until: over }, []],
    ['a kept rehearsal', { ...kept, kept_until: ahead }, ['discard', 'promote']],
    [
      'a kept rehearsal of a backup with files',
      { ...kept, kept_until: ahead, meta_json: { manifest: { includes_files: true } } },
      ['discard'],
    ],
    ['a rehearsal whose time is over', { ...kept, kept_until: over }, []],
  ])('of %s', (_name, more, actions) => {
    expect([...actionsOnRun(run(more), () => true, NOW)]).toEqual(actions);
    expect([...actionsOnRun(run(more), () => false, NOW)]).toEqual([]);
  });
});
