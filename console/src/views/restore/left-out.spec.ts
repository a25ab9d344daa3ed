import { leftOutOf } from './left-out';

const step = (name: string, details: Record<string, unknown>) =>
  ({ name, status: 'success', message_i18n_key: '', details }) as const;

describe('leftOutOf', () => {
  it('gathers what the steps name, and nothing where everything came back', () => {
    expect(leftOutOf({ steps: [step('restore_database', {}), step('swap_database', { kept: 'x' })] })).toEqual([]);
    expect(
      leftOutOf({
        steps: [
          step('restore_database', { left_out_files: true, subscriptions: ['orders'], settings_not_made: [] }),
          step('verify_restored_data', { views_differ: [{ view: 'public.totals', rows: 2 }] }),
        ],
      }),
    ).toEqual([
      { kind: 'left_out_files', names: [] },
      { kind: 'subscriptions', names: ['orders'] },
      { kind: 'views_differ', names: ['view: public.totals, rows: 2'] },
    ]);
  });
});
