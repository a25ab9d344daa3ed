import { MulterError } from 'multer';
import { AppError } from '../../kernel/errors/app-error';
import { sanitize } from '../../kernel/errors/sanitize';

/** A file, or the body around it, that is longer than this service takes. */
export function tooLarge(limitBytes: number, cause?: unknown): AppError {
  return new AppError('backups.upload_too_large', {
    cause,
    details: {
      limit_bytes: limitBytes,
      hint: 'Raise BERKUT_BACKUP_UPLOAD_MAX_BYTES, or copy the file into the storage directory and send POST /api/backups/rescan.',
    },
  });
}

/** A body that cannot become a backup, for a reason of ours. */
export function invalidUpload(reason: string): AppError {
  return new AppError('backups.invalid_format', { cause: new Error(reason) });
}

/** What multer or the import ended with, as an error of the table. */
export function uploadRefusal(error: unknown, limitBytes: number): AppError {
  if (!(error instanceof MulterError)) {
    return isParserError(error) ? new AppError('backups.invalid_format', { cause: error }) : sanitize(error);
  }
  if (error.code === 'LIMIT_FILE_SIZE') return tooLarge(limitBytes, error);
  return new AppError('backups.invalid_format', { cause: error });
}

/** What busboy says of a body that is no multipart body, or breaks off. */
function isParserError(error: unknown): boolean {
  const message: unknown =
    typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return (
    typeof message === 'string' &&
    /^(Multipart: |Malformed |Unexpected end of|Missing Content-Type|Unsupported content type|Request aborted|Request closed)/.test(
      message,
    )
  );
}
