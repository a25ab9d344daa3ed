import {
  BadRequestException,
  ForbiddenException,
  ImATeapotException,
  NotFoundException,
  PayloadTooLargeException,
} from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { ContainerError } from '../../engine/container/format/container-error';
import { FilesError } from '../../engine/files/tar/files-error';
import { LockTimeoutError } from '../../engine/postgres/dump/snapshot';
import { ToolVersionError } from '../../engine/postgres/server/tools';
import { ToolError } from '../../engine/process/tool-error';
import { StorageError } from '../../engine/storage/storage';
import { AppError } from './app-error';
import { errorBody } from './error-body';
import { ERRORS } from './error-table';
import { sanitize } from './sanitize';

const withCode = (code: string, message = 'secret /path'): Error => Object.assign(new Error(message), { code });

describe('sanitizing', () => {
  it.each<[string, unknown]>([
    ['backups.not_found', new AppError('backups.not_found')],
    ['backups.invalid_request', new BadRequestException('select * from users')],
    ['backups.forbidden', new ForbiddenException()],
    ['backups.not_found', new NotFoundException('Cannot GET /etc/passwd')],
    ['backups.upload_too_large', new PayloadTooLargeException()],
    ['backups.internal', new ImATeapotException()],
    [
      'backups.invalid_request',
      Object.assign(new SyntaxError('Unexpected token'), { status: 400, type: 'entity.parse.failed' }),
    ],
    ['backups.upload_too_large', Object.assign(new Error('request entity too large'), { statusCode: 413 })],
    ['backups.storage_unavailable', new QueryFailedError('SELECT 1', [], withCode('57P01'))],
    ['backups.storage_unavailable', withCode('ECONNREFUSED')],
    ['backups.storage_unavailable', new AggregateError([withCode('ECONNREFUSED')])],
    ['backups.storage_unavailable', withCode('08006')],
    ['backups.storage_unavailable', withCode('28P01')],
    ['backups.storage_unavailable', new Error('Connection terminated unexpectedly')],
    ['backups.no_space', withCode('ENOSPC')],
    ['backups.no_space', new StorageError('no_space')],
    ['backups.file_missing', new StorageError('missing')],
    ['backups.storage_unavailable', new StorageError('unavailable')],
    ['backups.file_missing', new StorageError('bad_name')],
    ['backups.files_failed', new FilesError('changed', 'secret /path')],
    ['backups.invalid_format', new ContainerError('truncated', 'x')],
    ['backups.decrypt_failed', new ContainerError('key_not_in_ring', 'x')],
    ['backups.checksum_mismatch', new ContainerError('digest_mismatch', 'x')],
    ['backups.pg_dump_failed', new ToolError('pg_dump', 1, null, 'secret')],
    ['backups.tool_version_mismatch', new ToolVersionError('x')],
    ['backups.concurrent_operation', new LockTimeoutError('x')],
    ['backups.internal', new QueryFailedError('SELECT 1', [], withCode('42P01'))],
    ['backups.internal', new TypeError('x is not a function')],
    ['backups.internal', 'a string'],
    ['backups.internal', undefined],
    ['backups.internal', null],
    ['backups.internal', { message: 'no error at all' }],
  ])('makes %s of %s', (code, thrown) => {
    expect(sanitize(thrown).code).toBe(code);
  });

  it('lets no text of an error out', () => {
    const body = JSON.stringify(errorBody(sanitize(new Error('password=hunter2 at /srv/app/x.js:1')), 'id'));
    expect(body).not.toMatch(/hunter2|srv/);
  });

  it('keeps the cause for the log', () => {
    const cause = new Error('why');
    expect(sanitize(cause).cause).toBe(cause);
  });

  it('sends only sentences that end and keys that the web UI has', () => {
    const known =
      /^(backups\.(error|restore\.error|plan\.error)\.[a-zA-Z]+|common\.(serverError|error\.maintenanceMode))$/;
    for (const [code, { i18nKey, message, status }] of Object.entries(ERRORS)) {
      expect([code, i18nKey]).toEqual([code, expect.stringMatching(known)]);
      expect([code, message]).toEqual([code, expect.stringMatching(/\.$/)]);
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });
});
