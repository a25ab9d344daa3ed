import type { Readable } from 'node:stream';
import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import multer, { MulterError } from 'multer';
import { type Observable } from 'rxjs';
import { callerOf } from '../../kernel/request/caller';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { sanitize } from '../../kernel/errors/sanitize';
import { type Pace, whenTooSlow } from '../../kernel/http/body-pace';
import { ImportService, type ImportedBackup, type ReceivedFile } from '../import/import.service';

/** Boundaries and headers of a multipart body around one file. */
const ENVELOPE_BYTES = 64 * 1024;
const MAX_NAME_CHARACTERS = 255;
/** How often a slow client is looked at before it is given up. */
const LOOKS = 3;

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
    if (Number(request.headers['content-length'] ?? 0) > this.mostBytes) throw this.tooLarge();
    const received = await this.receive(request, response);
    if (received !== undefined) results.set(request, await received.keep());
    return next.handle();
  }

  /** A body with more than this is not looked at any further. */
  private get mostBytes(): number {
    return this.config.uploadMaxBytes + ENVELOPE_BYTES;
  }

  /** How slow is too slow: below a kilobyte a second for as long as is configured. */
  private get pace(): Pace {
    const everyMs = (this.config.uploadStallSeconds * 1000) / LOOKS;
    return { everyMs, leastBytes: (1024 * everyMs) / 1000, chances: LOOKS };
  }

  /**
   * Receives the file. multer answers only when the body is at its end, so what is refused is refused here, at once; the
   * file counts only when multer has found nothing wrong with what came after it. Whatever ends the upload aborts one
   * signal, which ends all that waits for it; the answer is sent when nothing of it is left.
   */
  private receive(request: Request, response: Response): Promise<ReceivedFile | undefined> {
    const ended = new AbortController();
    return new Promise((resolve, reject) => {
      let received: ReceivedFile | undefined;
      let taking: Promise<unknown> = Promise.resolve();
      let arrivedBytes = 0;
      const refuse = (error: unknown): void => {
        if (ended.signal.aborted) return;
        const refusal = this.asError(error);
        stopWatching();
        ended.abort(refusal);
        void taking.then(() => received?.discard()).then(() => reject(refusal));
      };
      const gone = (): void => refuse(invalid('the client has gone'));
      const stopWatching = whenTooSlow(request, () => refuse(invalid('the client sends next to nothing')), this.pace);
      request.once('aborted', gone).once('close', () => {
        if (!request.complete) gone();
      });
      request.on('data', (chunk: Buffer) => {
        arrivedBytes += chunk.length;
        if (arrivedBytes > this.mostBytes) refuse(this.tooLarge());
      });
      if (request.destroyed && !request.complete) {
        gone();
        return;
      }
      const upload = multer({
        storage: {
          _handleFile: (_request, { stream, originalname }, done) => {
            taking = this.take(request, { stream, name: originalname, ended: ended.signal }).then(
              (file) => {
                received = file;
                done(null, {});
              },
              (error: unknown) => {
                refuse(error);
                // The rest of the body is read and thrown away.
                stream.resume();
                done(error);
              },
            );
          },
          // What was refused is discarded where it is refused.
          _removeFile: (_request, _file, done) => done(null),
        },
        limits: { fileSize: this.config.uploadMaxBytes, files: 1, fields: 0, parts: 2 },
        // Browsers and curl send names as raw UTF-8.
        defParamCharset: 'utf8',
      }).single('file');
      upload(request, response, (error: unknown) => {
        if (error !== undefined && error !== null) refuse(error);
        stopWatching();
        if (!ended.signal.aborted) resolve(received);
      });
    });
  }

  private async take(request: Request, { stream, name, ended }: ArrivingFile): Promise<ReceivedFile> {
    const seen = { limit: false };
    // The stream ends at the limit as if the file did; multer says so, but what has been read must not count.
    stream.once('limit', () => (seen.limit = true));
    // A reader that stops must not destroy the stream: multer would take that for the reason.
    const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    const file = { requestedBy: callerOf(request)?.name ?? 'unknown', originFilename: plainName(name) };
    try {
      const received = await this.imports.receive(chunks, file, ended);
      if (!seen.limit) return received;
      await received.discard();
    } catch (error) {
      if (!seen.limit) throw error;
    }
    throw this.tooLarge();
  }

  private tooLarge(cause?: unknown): AppError {
    return new AppError('backups.upload_too_large', {
      cause,
      details: {
        limit_bytes: this.config.uploadMaxBytes,
        hint: 'Raise BERKUT_BACKUP_UPLOAD_MAX_BYTES, or copy the file into the storage directory and send POST /api/backups/rescan.',
      },
    });
  }

  /** Whatever multer or the import ended with, as an error of the table. */
  private asError(error: unknown): AppError {
    if (!(error instanceof MulterError)) {
      return isParserError(error) ? new AppError('backups.invalid_format', { cause: error }) : sanitize(error);
    }
    if (error.code === 'LIMIT_FILE_SIZE') return this.tooLarge(error);
    return new AppError('backups.invalid_format', { cause: error });
  }
}

/** The file of a multipart body. */
interface ArrivingFile {
  readonly stream: Readable;
  readonly name: string;
  /** Aborts when the upload is refused. */
  readonly ended: AbortSignal;
}

function invalid(reason: string): AppError {
  return new AppError('backups.invalid_format', { cause: new Error(reason) });
}

/** A name for people to see: without directories and characters that control something. */
function plainName(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? '';
  const plain = base.replace(/[\p{C}]/gu, '').slice(0, MAX_NAME_CHARACTERS);
  return plain === '' ? 'unnamed' : plain;
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
