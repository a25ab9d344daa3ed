import { CallHandler, ExecutionContext, Injectable, Logger, NestInterceptor, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { catchError, defer, from, mergeMap, type Observable, throwError } from 'rxjs';
import { AppError } from '../kernel/errors/app-error';
import { sanitize } from '../kernel/errors/sanitize';
import { whenClosed } from '../kernel/http/when-closed';
import type { AuditAction } from './audit-action';
import { type AuditIntent, AuditIntents } from './audit-intents.service';
import { AuditService } from './audit.service';
import { FoldedReads } from './folded-reads';
import { actionOf, claimRecord, entryOf, resultOf } from './request-action';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Writes one record for each request that got past the guards, when its outcome is known. A request that changes
 * something first leaves an intent, and is refused when that cannot be written. The record of a file that is sent is
 * written when the last byte has left or the connection broke.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly logger = new Logger(AuditInterceptor.name);

  constructor(
    private readonly audit: AuditService,
    private readonly intents: AuditIntents,
    private readonly reads: FoldedReads,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    const action = actionOf(request);
    if (action === undefined)
      return throwError(() => new AppError('backups.internal', { cause: new Error('route without an action') }));
    return defer(() => from(this.begin(request, action))).pipe(
      mergeMap((intent) =>
        next.handle().pipe(
          mergeMap(async (value: unknown) => {
            if (isFile(action, value)) this.recordWhenSent(request, response, action, value instanceof StreamableFile);
            else
              await this.write({ request, action, intent }, response.statusCode === 202 ? 'queued' : 'success', {
                ...reasonOf(request),
                ...detailsOf(value),
              });
            return value;
          }),
          catchError((error: unknown) => from(this.recordFailure({ request, action, intent }, sanitize(error)))),
        ),
      ),
    );
  }

  private async begin(request: Request, action: AuditAction): Promise<AuditIntent | undefined> {
    if (READING.has(request.method)) return undefined;
    try {
      return await this.intents.begin(entryOf(request, action, 'requested'));
    } catch (cause) {
      const error = new AppError('backups.storage_unavailable', { cause });
      return this.recordFailure({ request, action }, error);
    }
  }

  private async recordFailure(audited: Audited, error: AppError): Promise<never> {
    await this.write(audited, resultOf(error), { error_code: error.code });
    throw error;
  }

  private recordWhenSent(request: Request, response: Response, action: AuditAction, hasBody: boolean): void {
    const length = response.getHeader('content-length');
    const announcedBytes = hasBody ? (length === undefined ? undefined : Number(length)) : 0;
    const { socket } = request;
    const sentBefore = socket.bytesWritten;
    whenClosed(response, () => {
      const isWhole = response.writableFinished;
      // What went over the socket has the headers in it: only an estimate when the connection broke.
      const overSocket = socket.bytesWritten - sentBefore;
      const sentBytes = isWhole && announcedBytes !== undefined ? announcedBytes : overSocket;
      void this.write({ request, action }, isWhole ? 'success' : 'failed', {
        bytes_sent: Math.min(sentBytes, announcedBytes ?? sentBytes),
        ...(announcedBytes === undefined ? {} : { bytes_total: announcedBytes }),
      });
    });
  }

  /** By now the work is done: a record that cannot be written is logged loudly, and the answer still goes out. */
  private async write(
    { request, action, intent }: Audited,
    result: Parameters<typeof entryOf>[2],
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    if (!claimRecord(request)) return;
    const entry = entryOf(request, action, result, details);
    try {
      if (intent !== undefined) await intent.settle(entry);
      else if (READING.has(request.method) && details['bytes_sent'] === undefined)
        await this.reads.record(entry, queryOf(request));
      else await this.audit.record(entry);
    } catch (error) {
      this.logger.error({ err: error, entry }, 'an audit record could not be written');
    }
  }
}

interface Audited {
  request: Request;
  action: AuditAction;
  /** Of a request that changes something. */
  intent?: AuditIntent | undefined;
}

/** A container, or an export of the log: not polled, and worth knowing how much of it has gone out. */
function isFile(action: AuditAction, value: unknown): boolean {
  return action === 'backups.download' || (action === 'audit.read' && value instanceof StreamableFile);
}

function queryOf(request: Request): string {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at);
}

/** The reason that a caller who declines a safeguard gives for the record. */
function reasonOf(request: Request): Record<string, unknown> {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null) return {};
  return {
    ...('skip_safety_backup_reason' in body ? { skip_safety_backup_reason: body.skip_safety_backup_reason } : {}),
    ...('allow_incomplete' in body && body.allow_incomplete === true ? { allow_incomplete: true } : {}),
  };
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
