import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { callerOf } from '../kernel/access/caller';
import type { AppError } from '../kernel/errors/app-error';
import { DenialReporter } from '../kernel/errors/denial-reporter';
import type { AuditAction } from './audit-action';
import { type AuditEntry, AuditService } from './audit.service';
import { FoldedReads } from './folded-reads';
import { actionOf, claimRecord, entryOf, pathOf, resultOf } from './request-action';

/** Enough to see what somebody was looking for. */
const PATH_CHARACTERS = 200;

/** Records the requests that ended before the interceptor saw them: refused by a guard, a limit, or maintenance. */
@Injectable()
export class RequestDenialReporter extends DenialReporter {
  private readonly logger = new Logger(RequestDenialReporter.name);

  constructor(
    private readonly audit: AuditService,
    private readonly reads: FoldedReads,
  ) {
    super();
  }

  async report(request: Request, error: AppError): Promise<void> {
    const action = actionOf(request) ?? (isOfApi(request) ? 'request.unknown' : undefined);
    if (action === undefined || !claimRecord(request)) return;
    const entry = entryFor(request, action, error);
    try {
      if (isAnybodys(request, error)) await this.reads.record(entry, request.method);
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
    ...(recorded === action ? {} : { requested_action: action }),
    ...(action === 'request.unknown'
      ? { method: request.method, path: pathOf(request).slice(0, PATH_CHARACTERS) }
      : {}),
  });
}

function isOfApi(request: Request): boolean {
  return /^\/api(\/|$)/.test(pathOf(request));
}

/**
 * What is refused as often as somebody likes to ask, without a right or even a name, is counted instead of filling the
 * log: reads, whatever is asked too often, and what is refused before anybody has said who he is. Failures to say it have
 * a limit of their own, and refused changes that of their caller: each of them is written down.
 */
function isAnybodys(request: Request, error: AppError): boolean {
  if (error.status === 401) return false;
  if (error.code === 'app.rate_limited' || callerOf(request) === undefined) return true;
  return request.method === 'GET' || request.method === 'HEAD';
}
