import pg from 'pg';
import { ContainerError, type ContainerFault } from '../../engine/container/format/container-error';
import { parseDatabaseUrl } from '../../engine/address/parse-database-url';
import { ConnectionError } from '../../engine/postgres/server/connection-error';
import { RestoreError, type RestoreFault } from '../../engine/postgres/server/restore-error';
import { ToolVersionError } from '../../engine/postgres/server/tools';
import { ToolError } from '../../engine/process/tool-error';
import { StorageError } from '../../engine/storage/storage';
import { AppError } from '../../kernel/errors/app-error';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { restoreFailure } from './restore-failure';

const RUNNING = new AbortController().signal;
const ENDED = AbortSignal.abort();

const ofServer = (code: string): pg.DatabaseError => Object.assign(new pg.DatabaseError('no', 0, 'error'), { code });
const codeOf = (error: unknown, hasBegun = false): ErrorCode => restoreFailure(error, RUNNING, hasBegun).code;

describe('what the row of a failed restore says', () => {
  it.each<[ContainerFault, ErrorCode]>([
    ['not_a_container', 'backups.restore.incompatible_version'],
    ['unsupported_version', 'backups.restore.incompatible_version'],
    ['index_too_large', 'backups.restore.incompatible_version'],
    ['key_not_in_ring', 'backups.restore.decrypt_failed'],
    ['header_tampered', 'backups.restore.decrypt_failed'],
    ['truncated', 'backups.restore.decrypt_failed'],
    ['corrupted', 'backups.restore.decrypt_failed'],
    ['trailing_data', 'backups.restore.decrypt_failed'],
    ['index_mismatch', 'backups.restore.checksum_mismatch'],
    ['digest_mismatch', 'backups.restore.checksum_mismatch'],
  ])('of a container with the fault %s is %s, in the words of the container', (fault, code) => {
    const error = new ContainerError(fault, 'The file is wrong.', { segment: 3 });
    const failure = { code, sentence: 'The file is wrong.', details: { segment: 3 } };
    expect(restoreFailure(error, RUNNING, true)).toMatchObject(failure);
  });

  it.each<RestoreFault>([
    'incompatible_version',
    'maintenance_failed',
    'integrity_violation',
    'migration_failed',
    'leftovers',
  ])('of a restore that stopped by itself is its own fault: %s', (fault) => {
    const error = new RestoreError(fault, 'It does not go on.', { table: 'public.a' });
    const failure = {
      code: `backups.restore.${fault}`,
      sentence: 'It does not go on.',
      details: { table: 'public.a' },
    };
    expect(restoreFailure(error, RUNNING, true)).toMatchObject(failure);
  });

  it.each<[string, ErrorCode, RegExp | undefined]>([
    ['53100', 'backups.no_space', undefined],
    ['23505', 'backups.restore.integrity_violation', /does not satisfy a constraint/],
    ['23503', 'backups.restore.integrity_violation', /does not satisfy a constraint/],
    ['55P03', 'backups.restore.maintenance_failed', /Another session holds a table/],
    ['40P01', 'backups.restore.maintenance_failed', /Another session holds a table/],
    ['42501', 'backups.restore.pg_restore_failed', /lacks a right/],
    ['53200', 'backups.restore.pg_restore_failed', /max_locks_per_transaction/],
    ['42P01', 'backups.restore.pg_restore_failed', undefined],
    ['XX000', 'backups.restore.pg_restore_failed', undefined],
  ])('of SQLSTATE %s is %s', (sqlstate, code, sentence) => {
    for (const hasBegun of [false, true]) {
      const failure = restoreFailure(ofServer(sqlstate), RUNNING, hasBegun);
      expect(failure).toMatchObject({ code, details: { sqlstate } });
      if (sentence === undefined) expect(failure.sentence).toBeUndefined();
      else expect(failure.sentence).toMatch(sentence);
    }
  });

  it.each(['08006', '28P01', '57P01', '58030', '53300'])(
    'of a server that is not there for us (%s) is that, and nothing of the restore',
    (sqlstate) => {
      const error = ofServer(sqlstate);
      expect(codeOf(error)).toBe('backups.storage_unavailable');
      expect(codeOf(new ConnectionError(parseDatabaseUrl('postgres://u@h/d'), error))).toBe(
        'backups.storage_unavailable',
      );
    },
  );

  it.each<[string, unknown, ErrorCode]>([
    ['a program', new ToolError('pg_restore', 1, null, 'secret'), 'backups.restore.pg_restore_failed'],
    ['missing programs', new ToolVersionError('none'), 'backups.tool_version_mismatch'],
    ['a lost file', new StorageError('missing'), 'backups.file_missing'],
    ['a full disk', new StorageError('no_space'), 'backups.no_space'],
    ['what has a code already', new AppError('backups.file_busy'), 'backups.file_busy'],
  ])('of %s is its code', (_, error, code) => {
    expect([codeOf(error, false), codeOf(error, true)]).toEqual([code, code]);
  });

  it('of what is not known is that it was rolled back, once it has begun', () => {
    expect(codeOf(new Error('hunter2'), false)).toBe('backups.internal');
    expect(codeOf(new Error('hunter2'), true)).toBe('backups.restore.rolled_back');
  });

  it('of a run that was ended from outside is that, whatever its parts threw', () => {
    for (const error of [new Error('x'), ofServer('23505'), new RestoreError('leftovers', 'x')]) {
      expect(restoreFailure(error, ENDED, true)).toEqual({ code: 'backups.restore.interrupted' });
    }
  });
});
