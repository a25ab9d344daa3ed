import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { type Observable } from 'rxjs';
import { callerOf } from '../kernel/access/caller';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { sanitize } from '../kernel/errors/sanitize';
import { ImportService, type ImportedBackup } from './import.service';

/** Boundaries and headers of a multipart body around one file. */
const ENVELOPE_BYTES = 64 * 1024;
const MAX_NAME_CHARACTERS = 255;

const results = new WeakMap<Request, ImportedBackup>();

/** What became of a request's upload. */
export function importedBy(request: Request): ImportedBackup {
  const imported = results.get(request);
  if (imported === undefined) throw new AppError('backups.invalid_format');
  return imported;
}

/** Reads a multipart body whose field `file` goes through the import while it arrives; nothing else is accepted. */
@Injectable()
export class UploadInterceptor implements NestInterceptor {
  constructor(
    private readonly config: AppConfig,
    private readonly imports: ImportService,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    if (Number(request.headers['content-length'] ?? 0) > this.config.uploadMaxBytes + ENVELOPE_BYTES) {
      throw new AppError('backups.upload_too_large');
    }
    await this.receive(request, response);
    return next.handle();
  }

  private receive(request: Request, response: Response): Promise<void> {
    const upload = multer({
      storage: this.engine(request),
      limits: { fileSize: this.config.uploadMaxBytes, files: 1, fields: 0, parts: 2 },
      // Browsers and curl send names as raw UTF-8.
      defParamCharset: 'utf8',
    }).single('file');
    return new Promise((resolve, reject) => {
      const requestGone = (): void =>
        reject(new AppError('backups.invalid_format', { cause: new Error('the client has gone') }));
      request.once('aborted', requestGone);
      upload(request, response, (error: unknown) => {
        request.off('aborted', requestGone);
        if (error === undefined || error === null) resolve();
        else reject(asError(error));
      });
    });
  }

  private engine(request: Request): StorageEngine {
    return {
      _handleFile: (_request, file, done) => {
        const { stream } = file;
        let isTooLarge = false;
        // The stream ends at the limit as if the file did; multer says so, but what has been read must not count.
        stream.once('limit', () => (isTooLarge = true));
        request.once('close', () => {
          if (!request.complete) stream.destroy(new AppError('backups.invalid_format'));
        });
        // Whoever stops reading must not destroy the stream: multer would take that for the reason.
        const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
        this.imports
          .import(chunks, {
            requestedBy: callerOf(request)?.name ?? 'unknown',
            originFilename: plainName(file.originalname),
          })
          .then(
            (imported) => {
              results.set(request, imported);
              done(null, {});
            },
            (error: unknown) => {
              // The rest of the body is read and thrown away, so that the answer can be.
              stream.resume();
              done(isTooLarge ? new AppError('backups.upload_too_large', { cause: error }) : error);
            },
          );
      },
      // What was refused has been discarded already; what was accepted is a backup like any other.
      _removeFile: (_request, _file, done) => done(null),
    };
  }
}

/** A name for people to see: without directories and characters that control something. */
function plainName(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? '';
  const plain = base.replace(/[\p{C}]/gu, '').slice(0, MAX_NAME_CHARACTERS);
  return plain === '' ? 'unnamed' : plain;
}

/** Whatever multer or the import ended with, as an error of the table. */
function asError(error: unknown): AppError {
  if (!(error instanceof MulterError)) {
    return isParserError(error) ? new AppError('backups.invalid_format', { cause: error }) : sanitize(error);
  }
  const code = error.code === 'LIMIT_FILE_SIZE' ? 'backups.upload_too_large' : 'backups.invalid_format';
  return new AppError(code, { cause: error });
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
