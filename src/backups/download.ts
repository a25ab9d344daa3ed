import { StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { OpenedBackup } from './backups.service';

/**
 * Sends an opened container as it lies in the storage, still encrypted, and closes it when the response is over, however
 * it ends. A HEAD request gets the headers alone.
 */
export function sendBackup(opened: OpenedBackup, request: Request, response: Response): StreamableFile | undefined {
  const { backup, file } = opened;
  response.once('close', () => void opened.close());
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', file.sizeBytes);
  response.setHeader('Content-Disposition', `attachment; filename="${backup.storageName}"`);
  response.setHeader('ETag', `"${backup.checksum}"`);
  response.setHeader('Repr-Digest', `sha-256=:${Buffer.from(backup.checksum, 'hex').toString('base64')}:`);
  response.setHeader('Cache-Control', 'private, no-store');
  if (request.method === 'HEAD') {
    response.end();
    return undefined;
  }
  return new StreamableFile(file.createReadStream());
}
