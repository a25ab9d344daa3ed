import { RestoreStepDto } from './restore.dto';
import type { RestoreStep } from '../record/restore-steps';

const step = (changes: Partial<RestoreStep>): RestoreStep => ({
  name: 'run_migrations_if_needed',
  status: 'skipped',
  message_i18n_key: 'backups.restore.step.run_migrations_if_needed',
  ...changes,
});

describe('a step on the wire, in the words that the web UI knows', () => {
  it.each(['success', 'failed', 'canceled'] as const)(
    'is a success that was not needed, with the reason (run: %s)',
    (run) => {
      expect(RestoreStepDto.from(step({ details: { reason: 'the schema is the same' } }), run)).toMatchObject({
        status: 'success',
        details: { skipped: true, reason: 'the schema is the same' },
      });
    },
  );

  it('is still queued when a failed run has not come to it', () => {
    expect(RestoreStepDto.from(step({ name: 'swap_database' }), 'failed')).toMatchObject({ status: 'queued' });
  });

  it('is canceled when the run was canceled in it or before it', () => {
    expect(RestoreStepDto.from(step({ name: 'swap_database' }), 'canceled')).toMatchObject({ status: 'canceled' });
  });

  it.each(['queued', 'running', 'success', 'failed'] as const)('is %s as it is stored', (status) => {
    expect(RestoreStepDto.from(step({ status }), 'failed').status).toBe(status);
  });
});
