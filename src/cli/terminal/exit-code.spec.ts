import { ContainerError } from '../../engine/container/format/container-error';
import { FilesError } from '../../engine/files/tar/files-error';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { EXIT, failureOf } from './exit-code';
import { ApiError } from './service-error';

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

  it('names the fields that the service has refused, with its hint', () => {
    const refused = (details: object): string =>
      failureOf(new ApiError(400, 'backups.invalid_request', 'The request is not valid.', details)).message;
    expect(refused({ fields: ['schedule_hour', 'retention_days'] })).toBe(
      'The request is not valid. (schedule_hour, retention_days)',
    );
    expect(refused({ field: 'scope', hint: 'Send more.' })).toBe('The request is not valid. (scope) Send more.');
  });

  it('says everything else that the service has sent with a refusal', () => {
    const refused = (details: object): string =>
      failureOf(new ApiError(409, 'backups.concurrent_operation', 'Refused.', details)).message;
    expect(refused({ field: 'scope', not_in_backup: ['tasks', 'docs'] })).toBe(
      'Refused. (scope; not in backup: tasks, docs)',
    );
    expect(refused({ limit_bytes: 1, hint: 'Send less.' })).toBe('Refused. (limit bytes: 1) Send less.');
    expect(refused({ in_the_way: { kind: 'rehearse', id: 3 } })).toBe('Refused. (in the way: kind rehearse id 3)');
    expect(refused({})).toBe('Refused.');
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

  it.each([
    ['EACCES', '/srv/x.bscc: permission denied'],
    ['ENOSPC', '/srv/x.bscc: no space is left on the device'],
    ['EROFS', '/srv/x.bscc: the file system is read-only'],
  ])('has words for what the system has refused (%s), with the file', (code, message) => {
    const error = Object.assign(new Error(`${code}: raw, open '/srv/x.bscc'`), { code, path: '/srv/x.bscc' });
    expect(failureOf(error)).toEqual({ code: 'failed', message, exitCode: EXIT.failed });
  });

  it('names a file as the caller knows it, and says why files of the application could not be written', () => {
    const draft = Object.assign(new Error('raw'), { code: 'EACCES', path: '/srv/to/.partial-0123' });
    expect(failureOf(draft).message).toBe('/srv/to: permission denied');
    const full = new FilesError('unavailable', 'The files cannot be unpacked.', undefined, {
      cause: Object.assign(new Error('raw'), { code: 'ENOSPC' }),
    });
    expect(failureOf(full).message).toBe('The files cannot be unpacked: no space is left on the device');
  });
});
