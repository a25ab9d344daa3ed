import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { failedCheck } from '../kernel/access/token-refusal';
import type { AppError } from '../kernel/errors/app-error';
import { DenialReporter } from '../kernel/errors/denial-reporter';
import { contextOf } from '../kernel/request/request-context';
import type { AuditAction } from './audit-action';
import { type AuditEntry, AuditService } from './audit.service';
import { auditedRouteOf } from './audited';
import { FoldedReads } from './folded-reads';
import { claimRecord, entryOf, pathOf, resultOf } from './request-entry';
import { StrangerRecords } from './stranger-records';

/** Enough to see what the caller was looking for. */
const PATH_CHARACTERS = 200;

/** Records the requests that ended before the interceptor saw them: refused by a guard, a limit, or maintenance. */
@Injectable()
export class RequestDenialReporter extends DenialReporter {
  private readonly logger = new Logger(RequestDenialReporter.name);

  constructor(
    private readonly audit: AuditService,
    private readonly reads: FoldedReads,
    private readonly strangers: StrangerRecords,
  ) {
    super();
  }

  async report(request: Request, error: AppError): Promise<void> {
    if (!claimRecord(request)) return;
    const { caller, route } = contextOf(request);
    const entry = entryFor(request, auditedRouteOf(route)?.action ?? 'request.unknown', error);
    if (caller === undefined) {
      this.strangers.note(entry, error.code, failedCheck(error));
      return;
    }
    try {
      if (isCounted(request, error)) await this.reads.record(entry, whatIsAsked(request, entry));
      else await this.audit.record(entry);
    } catch (cause) {
      this.logger.error({ err: cause, entry }, 'an audit record could not be written');
    }
  }
}

function entryFor(request: Request, action: AuditAction, error: AppError): AuditEntry {
  const recorded = error.status === 401 ? 'auth.denied' : action;
  return entryOf(request, recorded, resultOf(error), {
    error_code: error.code,
    check: failedCheck(error),
    requested_action: recorded === action ? undefined : action,
    ...(action === 'request.unknown' && {
      method: request.method,
      path: pathOf(request).slice(0, PATH_CHARACTERS),
    }),
  });
}

/** Refusals of one kind are counted together, but not those of different fields that the records tell. */
function whatIsAsked(request: Request, { details }: AuditEntry): string {
  const field = auditedRouteOf(contextOf(request).route)?.field;
  return field === undefined ? request.method : `${request.method} ${String(details?.[field])}`;
}

/**
 * What a caller may be refused as often as it likes is counted instead of filling the log: reads, and whatever is asked too
 * often. Refused changes have the limit of their caller: each of them is written down.
 */
function isCounted(request: Request, error: AppError): boolean {
  return error.code === 'app.rate_limited' || request.method === 'GET' || request.method === 'HEAD';
}
