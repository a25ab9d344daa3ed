import { CallHandler, ExecutionContext, Injectable, Logger, NestInterceptor, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { catchError, defer, from, mergeMap, type Observable, throwError } from 'rxjs';
import { AppError } from '../kernel/errors/app-error';
import { sanitize } from '../kernel/errors/sanitize';
import { contextOf } from '../kernel/request/request-context';
import { whenClosed } from '../kernel/http/when-closed';
import { type AuditIntent, AuditIntents } from './audit-intents.service';
import type { AuditResult } from './audit-action';
import { AuditService } from './audit.service';
import { type AuditedRoute, auditedRouteOf, type RecordDetails, type RequestFields } from './audited';
import { FoldedReads } from './folded-reads';
import { claimRecord, entryOf, resultOf } from './request-entry';
import { StrangerRecords } from './stranger-records';

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
    private readonly strangers: StrangerRecords,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    const route = auditedRouteOf(context);
    if (route === undefined)
      return throwError(() => new AppError('backups.internal', { cause: new Error('route without an action') }));
    return defer(() => from(this.begin(request, route))).pipe(
      mergeMap((intent) =>
        next.handle().pipe(
          mergeMap(async (answer: unknown) => {
            await this.recordAnswer({ request, route, intent }, response, answer);
            return answer;
          }),
          catchError((error: unknown) => from(this.recordFailure({ request, route, intent }, sanitize(error)))),
        ),
      ),
    );
  }

  private async begin(request: Request, route: AuditedRoute): Promise<AuditIntent | undefined> {
    if (isCounted(request, route)) return undefined;
    try {
      return await this.intents.begin(entryOf(request, route.action, 'requested'));
    } catch (cause) {
      const error = new AppError('backups.storage_unavailable', { cause });
      return this.recordFailure({ request, route }, error);
    }
  }

  private async recordAnswer(handled: Handled, response: Response, answer: unknown): Promise<void> {
    const { request, route } = handled;
    if (isFile(route, answer)) this.recordWhenSent(request, response, route, answer instanceof StreamableFile);
    else {
      const result = response.statusCode === 202 ? 'queued' : 'success';
      await this.write(handled, result, this.detailsOf(route, answer, request));
    }
  }

  /** The work is done: what cannot be told of it does not make it a failure. */
  private detailsOf(route: AuditedRoute, answer: unknown, request: Request): RecordDetails {
    try {
      return route.details?.(answer, fieldsOf(request)) ?? {};
    } catch (error) {
      this.logger.error({ err: error, action: route.action }, 'the details of an audit record could not be told');
      return {};
    }
  }

  private async recordFailure(handled: Handled, error: AppError): Promise<never> {
    await this.write(handled, resultOf(error), { error_code: error.code });
    throw error;
  }

  private recordWhenSent(request: Request, response: Response, route: AuditedRoute, hasBody: boolean): void {
    const length = response.getHeader('content-length');
    const announcedBytes = hasBody ? (length === undefined ? undefined : Number(length)) : 0;
    const { socket } = request;
    const sentBefore = socket.bytesWritten;
    whenClosed(response, () => {
      const isWhole = response.writableFinished;
      // What went over the socket has the headers in it: only an estimate when the connection broke.
      const overSocket = socket.bytesWritten - sentBefore;
      const sentBytes = isWhole && announcedBytes !== undefined ? announcedBytes : overSocket;
      void this.write({ request, route }, isWhole ? 'success' : 'failed', {
        bytes_sent: Math.min(sentBytes, announcedBytes ?? sentBytes),
        bytes_total: announcedBytes,
      });
    });
  }

  /** By now the work is done: a record that cannot be written is logged loudly, and the answer still goes out. */
  private async write({ request, route, intent }: Handled, result: AuditResult, details: RecordDetails): Promise<void> {
    if (!claimRecord(request)) return;
    const entry = entryOf(request, route.action, result, details);
    if (contextOf(request).caller === undefined) {
      this.strangers.noteAnswer(entry);
      return;
    }
    try {
      if (intent !== undefined) await intent.settle(entry);
      else if (isCounted(request, route) && details['bytes_sent'] === undefined && route.isNeverCounted !== true)
        await this.reads.record(entry, queryOf(request));
      else await this.audit.record(entry);
    } catch (error) {
      this.logger.error({ err: error, entry }, 'an audit record could not be written');
    }
  }
}

interface Handled {
  request: Request;
  route: AuditedRoute;
  /** Of a request that changes something. */
  intent?: AuditIntent | undefined;
}

function isCounted({ method }: Request, route: AuditedRoute): boolean {
  return READING.has(method) || route.isCounted === true;
}

/** Actions whose answers may be files: not polled, and worth knowing how much of them has gone out. */
const WITH_FILES: ReadonlySet<string> = new Set(['audit.read', 'backups.extract']);

function isFile({ action }: AuditedRoute, value: unknown): boolean {
  return action === 'backups.download' || (WITH_FILES.has(action) && value instanceof StreamableFile);
}

function queryOf(request: Request): string {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at);
}

/** The body of a request that takes none is empty. */
function fieldsOf({ body }: Request): RequestFields {
  const given: unknown = body;
  return typeof given === 'object' ? { ...given } : {};
}
