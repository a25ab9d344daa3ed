import type { Backup } from '../../api/types';
import { stateOf } from './backup';
import { actionsOn } from './backup-actions';

const backup = (more: Partial<Backup>): Backup => ({
  id: 12,
  run_id: 12,
  status: 'success',
  source: 'local',
  trigger: 'manual',
  requested_by: 'olena',
  pinned: false,
  meta_json: {},
  created_at: '2026-11-29T11:00:00Z',
  updated_at: '2026-11-29T11:00:00Z',
  ...more,
});
const on = (more: Partial<Backup>): string[] => [...actionsOn(backup(more), () => true)];

describe('actionsOn', () => {
  it('offers what the state of the backup allows', () => {
    expect(on({})).toEqual(['rename', 'pin', 'download', 'verify', 'rehearse', 'restore', 'delete']);
    expect(on({ status: 'running' })).toEqual(['rename', 'pin', 'cancel']);
    expect(on({ status: 'failed', pinned: true })).toEqual(['rename', 'unpin', 'delete']);
    expect(on({ error_code: 'backups.file_missing' })).not.toContain('download');
  });

  it('offers copies where a further storage lacks one', () => {
    expect(on({ files: [{ storage: 'first', state: 'present' }] })).not.toContain('copies');
    expect(on({ files: [{ storage: 'far', state: 'damaged' }] })).toContain('copies');
  });

  it('offers only what the caller may do', () => {
    const actions = (permission: string): string[] => [...actionsOn(backup({}), (one) => one === permission)];
    expect(actions('backups.read')).toEqual([]);
    expect(actions('backups.download')).toEqual(['download']);
    expect(actions('backups.create')).toEqual(['rename', 'pin']);
    expect(actions('backups.restore')).toEqual(['verify', 'rehearse', 'restore']);
    expect(actions('backups.delete')).toEqual(['delete']);
  });
});

describe('stateOf', () => {
  it.each<[string, Partial<Backup>]>([
    ['running', { status: 'running' }],
    ['failed', { status: 'failed', error_code: 'backups.pg_dump_failed' }],
    ['good', {}],
    ['proven', { verified_at: '2026-11-29T11:30:00Z' }],
    ['unusable', { verified_at: '2026-11-29T11:30:00Z', error_code: 'backups.file_missing' }],
  ])('is %s', (state, more) => {
    expect(stateOf(backup(more))).toBe(state);
  });
});
