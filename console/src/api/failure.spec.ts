import { failureOf } from './failure';

const envelope = (code: string, details?: object): object => ({
  error: {
    code,
    i18n_key: 'key',
    message: 'In words.',
    request_id: 'r-1',
    ...(details === undefined ? {} : { details }),
  },
});

describe('what an answer with an error says', () => {
  it('keeps code, sentence and details of the API', () => {
    expect(failureOf(409, envelope('backups.file_busy', { hint: 'Wait.' }))).toEqual({
      kind: 'refused',
      status: 409,
      code: 'backups.file_busy',
      message: 'In words.',
      requestId: 'r-1',
      details: { hint: 'Wait.' },
    });
  });

  it.each([
    [401, envelope('auth.unauthorized'), { kind: 'session_over' }],
    [503, envelope('app.maintenance_mode', { restore_id: 7 }), { kind: 'maintenance', restoreId: 7 }],
    [503, envelope('app.maintenance_mode'), { kind: 'maintenance', restoreId: undefined }],
    [502, '<html>Bad gateway</html>', { kind: 'unreachable' }],
    [500, { error: 'not ours' }, { kind: 'unreachable' }],
    [401, undefined, { kind: 'unreachable' }],
  ])('%i is recognised', (status, body, failure) => {
    expect(failureOf(status, body)).toEqual(failure);
  });
});
