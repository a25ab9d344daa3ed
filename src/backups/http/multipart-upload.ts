import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import multer from 'multer';
import { whenTooSlow } from '../../kernel/http/body-pace';
import { contextOf } from '../../kernel/request/request-context';
import type { ImportService } from '../import/import.service';
import type { Reception } from '../import/reception';
import { plainName } from './plain-name';
import type { UploadLimits } from './upload-limits';
import { invalidUpload, tooLarge, uploadRefusal } from './upload-refusals';

/**
 * One multipart body whose field `file` goes through the import while it arrives; nothing else is accepted.
 *
 * multer answers only when the body is at its end, so what is refused is refused here, at once. The file counts only when
 * multer has found nothing wrong with what came after it. Whatever ends the upload aborts one signal, which ends all that
 * waits for it; the answer is sent when nothing of it is left.
 */
export class MultipartUpload {
  private readonly refused = new AbortController();
  private readonly outcome = Promise.withResolvers<Reception | undefined>();
  /** Settles when the import has taken the file or refused it. */
  private taking: Promise<unknown> = Promise.resolve();
  /** The file, once all of it is verified. */
  private received: Reception | undefined;
  private arrivedBytes = 0;
  private stopWatching: () => void = () => undefined;

  constructor(
    private readonly request: Request,
    private readonly response: Response,
    private readonly limits: UploadLimits,
    private readonly imports: ImportService,
  ) {}

  /** @returns `undefined` for a body without a file */
  receive(): Promise<Reception | undefined> {
    this.watch();
    if (this.request.destroyed && !this.request.complete) this.refuseGone();
    else this.parse();
    return this.outcome.promise;
  }

  private watch(): void {
    const { request, limits } = this;
    const refuseSlow = (): void => this.refuse(invalidUpload('the client sends next to nothing'));
    this.stopWatching = whenTooSlow(request, refuseSlow, limits.pace);
    request.once('aborted', () => this.refuseGone());
    request.once('close', () => {
      if (!request.complete) this.refuseGone();
    });
    request.on('data', (chunk: Buffer) => {
      this.arrivedBytes += chunk.length;
      if (this.arrivedBytes > limits.bodyBytes) this.refuse(tooLarge(limits.fileBytes));
    });
  }

  private parse(): void {
    const upload = multer({
      storage: {
        _handleFile: (_request, { stream, originalname }, done) => {
          this.taking = this.take(stream, originalname).then(
            (reception) => {
              this.received = reception;
              done(null, {});
            },
            (error: unknown) => {
              this.refuse(error);
              // The rest of the body is read and thrown away.
              stream.resume();
              done(error);
            },
          );
        },
        // What was refused is discarded where it is refused.
        _removeFile: (_request, _file, done) => done(null),
      },
      limits: { fileSize: this.limits.fileBytes, files: 1, fields: 0, parts: 2 },
      // Browsers and curl send names as raw UTF-8.
      defParamCharset: 'utf8',
    }).single('file');
    upload(this.request, this.response, (error: unknown) => {
      if (error !== undefined && error !== null) this.refuse(error);
      this.stopWatching();
      if (!this.refused.signal.aborted) this.outcome.resolve(this.received);
    });
  }

  private async take(stream: Readable, name: string): Promise<Reception> {
    const seen = { limit: false };
    // The stream ends at the limit as if the file did; multer says so, but what has been read must not count.
    stream.once('limit', () => (seen.limit = true));
    // A reader that stops must not destroy the stream: multer would take that for the reason.
    const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    const requestedBy = contextOf(this.request).caller?.name ?? 'unknown';
    const offered = { requestedBy, originFilename: plainName(name) };
    try {
      const reception = this.imports.begin(offered, this.refused.signal);
      await reception.write(chunks);
      if (!seen.limit) return reception;
      await reception.discard();
    } catch (error) {
      if (!seen.limit) throw error;
    }
    throw tooLarge(this.limits.fileBytes);
  }

  private refuseGone(): void {
    this.refuse(invalidUpload('the client has gone'));
  }

  /** The first reason counts. */
  private refuse(error: unknown): void {
    if (this.refused.signal.aborted) return;
    const refusal = uploadRefusal(error, this.limits.fileBytes);
    this.stopWatching();
    this.refused.abort(refusal);
    const answer = (): void => this.outcome.reject(refusal);
    // What could not be given back is no reason to leave the client without an answer.
    this.taking.then(() => this.received?.discard()).then(answer, answer);
  }
}
