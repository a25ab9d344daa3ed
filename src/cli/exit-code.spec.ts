import { ContainerError } from '../engine/container/container-error';
import { RestoreError } from '../engine/postgres/restore-error';
import { EXIT, failureOf } from './exit-code';

describe('what a failure of bscc says', () => {
  it('names the tables that differ', () => {
    const details = { tables: ['public.docs', 'public.users'], table_count: 3 };
    expect(failureOf(new RestoreError('integrity_violation', 'Rows are missing.', details))).toEqual({
      code: 'integrity_violation',
      message: 'Rows are missing. 3 tables: public.docs, public.users, …',
      exitCode: EXIT.database,
      details,
    });
  });

  it('has the names of its details in one style', () => {
    const error = new ContainerError('corrupted', 'Broken.', {
      streamId: 1,
      streamName: 'data/0',
      segment: 2,
      offset: 7,
    });
    expect(failureOf(error)).toEqual({
      code: 'corrupted',
      message: 'Broken. (at byte 7)',
      exitCode: EXIT.damaged,
      details: { stream_id: 1, stream_name: 'data/0', segment: 2, offset: 7 },
    });
  });
});
