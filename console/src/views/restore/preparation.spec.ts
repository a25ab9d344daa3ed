import type { RestoreRun } from '../../api/types';
import { nextStep, preparationOf } from './preparation';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const run = (id: number, more: Partial<RestoreRun>): RestoreRun => ({
  id,
  artifact_id: 3,
  status: 'success',
  mode: 'verify',
  dry_run: true,
  requested_by: 'olena',
  steps: [],
  logs: [],
  meta_json: {},
  created_at: '2026-11-29T11:00:00Z',
  updated_at: '2026-11-29T11:00:00Z',
  ...more,
});
const rehearsal = { mode: 'rehearse' } as const;

describe('preparationOf', () => {
  it.each<[string, RestoreRun[], object, string]>([
    ['no run', [], { check: 'open', rehearsal: 'open' }, 'check'],
    ['runs of another backup', [run(1, { artifact_id: 4 })], { check: 'open' }, 'check'],
    ['a restore', [run(1, { mode: 'restore', dry_run: false })], { check: 'open' }, 'check'],
    ['a check', [run(1, {})], { check: 'done', rehearsal: 'open' }, 'rehearse'],
    ['a check that goes on', [run(1, { status: 'running' })], { check: 'running' }, 'check'],
    [
      'a check that was canceled after a good one',
      [run(2, { status: 'canceled' }), run(1, {})],
      { check: 'done' },
      'rehearse',
    ],
    ['a check that failed after a good one', [run(2, { status: 'failed' }), run(1, {})], { check: 'failed' }, 'check'],
    ['a rehearsal, which checks, too', [run(1, rehearsal)], { check: 'done', rehearsal: 'done' }, 'choose'],
    [
      'a rehearsal that goes on',
      [run(1, { ...rehearsal, status: 'running' })],
      { check: 'open', rehearsal: 'running' },
      'rehearse',
    ],
    [
      'a rehearsal that failed',
      [run(2, { ...rehearsal, status: 'failed' }), run(1, {})],
      { rehearsal: 'failed' },
      'check',
    ],
  ])('after %s', (_name, runs, preparation, next) => {
    const found = preparationOf(3, runs, NOW);
    expect(found).toMatchObject(preparation);
    expect(nextStep(found)).toBe(next);
  });

  it('names the rehearsal whose database is kept, even if a newer one keeps none', () => {
    const keeper = run(1, { ...rehearsal, scratch_database: 'scc_rehearsal_1', kept_until: '2026-11-29T13:00:00Z' });
    expect(preparationOf(3, [run(2, rehearsal), keeper], NOW).keptRun).toBe(keeper);
    expect(preparationOf(3, [keeper], Date.parse('2026-11-29T14:00:00Z')).keptRun).toBeUndefined();
  });
});
