import { CallHandler, ExecutionContext, Injectable, Logger, NestInterceptor, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { catchError, defer, from, mergeMap, type Observable, throwError } from 'rxjs';
import { AppError } from '../kernel/errors/app-error';
import { sanitize } from '../kernel/errors/sanitize';
import { whenClosed } from '../kernel/http/when-closed';
import type { AuditAction } from './audit-action';
import { AuditService } from './audit.service';
import { FoldedReads } from './folded-reads';
import { actionOf, claimRecord, entryOf, resultOf } from './request-action';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Writes one record for each request that got past the guards. A request that changes something first has to show that
 * its record can be written, and is refused otherwise; the record itself is written when the outcome is known. That of a
 * download is written when the last byte has left or the connection broke.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly logger = new Logger(AuditInterceptor.name);

  constructor(
    private readonly audit: AuditService,
    private readonly reads: FoldedReads,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    const action = actionOf(request);
    if (action === undefined)
      return throwError(() => new AppError('backups.internal', { cause: new Error('route without an action') }));
    return defer(() => from(this.prepare(request, action))).pipe(
      mergeMap(() => next.handle()),
      mergeMap(async (value: unknown) => {
        if (action === 'backups.download') this.recordWhenSent(request, response, value instanceof StreamableFile);
        else
          await this.write(request, action, response.statusCode === 202 ? 'queued' : 'success', {
            ...reasonOf(request),
            ...detailsOf(value),
          });
        return value;
      }),
      catchError((error: unknown) => from(this.recordFailure(request, action, sanitize(error)))),
    );
  }

  private async prepare(request: Request, action: AuditAction): Promise<void> {
    if (READING.has(request.method)) return;
    try {
      await this.audit.rehearse(entryOf(request, action, 'requested'));
    } catch (cause) {
      throw new AppError('backups.storage_unavailable', { cause });
    }
  }

  private async recordFailure(request: Request, action: AuditAction, error: AppError): Promise<never> {
    await this.write(request, action, resultOf(error), { error_code: error.code });
    throw error;
  }

  private recordWhenSent(request: Request, response: Response, hasBody: boolean): void {
    const announcedBytes = hasBody ? Number(response.getHeader('content-length') ?? 0) : 0;
    const sentBefore = request.socket.bytesWritten;
    whenClosed(response, () => {
      const isWhole = response.writableFinished;
      // What went over the socket has the headers in it: only an estimate when the connection broke.
      const sentBytes = isWhole ? announcedBytes : Math.min(announcedBytes, request.socket.bytesWritten - sentBefore);
      void this.write(request, 'backups.download', isWhole ? 'success' : 'failed', {
        bytes_sent: sentBytes,
        bytes_total: announcedBytes,
      });
    });
  }

  /** By now the work is done: a record that cannot be written is logged loudly, and the answer still goes out. */
  private async write(
    request: Request,
    action: AuditAction,
    result: Parameters<typeof entryOf>[2],
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    if (!claimRecord(request)) return;
    const entry = entryOf(request, action, result, details);
    try {
      if (READING.has(request.method) && action !== 'backups.download') await this.reads.record(entry);
      else await this.audit.record(entry);
    } catch (error) {
      this.logger.error({ err: error, entry }, 'an audit record could not be written');
    }
  }
}

/** Whoever declines a safeguard says why, for the record. */
function reasonOf(request: Request): Record<string, unknown> {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null || !('skip_safety_backup_reason' in body)) return {};
  return { skip_safety_backup_reason: body.skip_safety_backup_reason };
}

/** What a changing request has made. */
function detailsOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {};
  if ('restore_id' in value) return { restore_id: value.restore_id };
  if ('artifact' in value && typeof value.artifact === 'object' && value.artifact !== null && 'id' in value.artifact) {
    return { backup_id: value.artifact.id };
  }
  return {};
}
