import { StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppError } from '../../kernel/errors/app-error';
import { whenClosed } from '../../kernel/http/when-closed';
import { parseRange } from './byte-range';
import { freedWhenSent } from './freed-when-sent';
import type { OpenedBackup } from '../catalogue/backup-files';

/**
 * Sends an opened container as it lies in the storage, still encrypted, all of it or one range, and closes it when the
 * response is over, however it ends. When the file turns out to be short or unreadable the connection is broken: a short
 * file must not look like a whole one.
 *
 * @throws AppError `backups.range_not_satisfiable`
 */
export function sendBackup(opened: OpenedBackup, request: Request, response: Response): StreamableFile | undefined {
  const { backup, file } = opened;
  whenClosed(response, () => void opened.close().catch(() => undefined));
  // The client may have gone while the file was opened.
  if (response.closed) return undefined;
  const etag = `"${backup.checksum}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Accept-Ranges', 'bytes');
  if (matches(request.headers['if-none-match'], etag)) {
    response.status(304);
    return undefined;
  }
  const isSameFile = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  // RFC 9110, 14.2: a range is for GET alone.
  const range = isSameFile && request.method === 'GET' ? parseRange(request.headers.range, file.sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${file.sizeBytes}`);
    throw new AppError('backups.range_not_satisfiable');
  }
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Disposition', `attachment; filename="${backup.storageName}"`);
  response.setHeader('Repr-Digest', `sha-256=:${Buffer.from(backup.checksum, 'hex').toString('base64')}:`);
  if (range !== undefined) {
    response.status(206);
    response.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${file.sizeBytes}`);
  }
  response.setHeader('Content-Length', range === undefined ? file.sizeBytes : range.end - range.start + 1);
  if (request.method === 'HEAD') return undefined;
  const chunks = file.createReadStream(range) as AsyncIterable<Buffer>;
  return new StreamableFile(freedWhenSent(chunks, response)).setErrorHandler(() => response.destroy());
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
