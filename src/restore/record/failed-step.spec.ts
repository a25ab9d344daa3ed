import { failedStepOf } from './failed-step';
import type { RestoreStep } from './restore-steps';

const step = (status: RestoreStep['status'], details?: Record<string, unknown>): RestoreStep => ({
  ...{ name: 'restore_database', status, message_i18n_key: '' },
  ...(details && { details }),
});

describe('what a failed run says of itself', () => {
  it.each<[string, RestoreStep[], { sentence?: string; cause?: string }]>([
    ['no step failed', [step('success', { error: 'x' })], {}],
    ['it says nothing', [step('failed')], {}],
    ['it has a sentence', [step('success'), step('failed', { error: 'No room.' })], { sentence: 'No room.' }],
    [
      'it has a cause',
      [step('failed', { error: 'No.', cause: { message: 'no such table', sqlstate: '42P01' } })],
      { sentence: 'No.', cause: 'no such table, SQLSTATE 42P01' },
    ],
    ['an earlier version wrote something else', [step('failed', { error: 7, cause: 'x' })], {}],
  ])('where %s', (_, steps, { sentence, cause }) => {
    expect(failedStepOf(steps)).toEqual({ sentence, cause });
  });
});
