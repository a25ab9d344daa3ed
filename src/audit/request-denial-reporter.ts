import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import type { AppError } from '../kernel/errors/app-error';
import { DenialReporter } from '../kernel/errors/denial-reporter';
import { AuditService } from './audit.service';
import { FoldedReads } from './folded-reads';
import { actionOf, claimRecord, entryOf, resultOf } from './request-action';

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
    const action = actionOf(request);
    // No route of the API: nothing of ours was asked for.
    if (action === undefined || !claimRecord(request)) return;
    const denied = error.status === 401 ? 'auth.denied' : action;
    const entry = entryOf(request, denied, resultOf(error), {
      error_code: error.code,
      ...(denied === action ? {} : { requested_action: action }),
    });
    try {
      // Whoever asks far too often is not to fill the log with that.
      if (error.code === 'app.rate_limited') await this.reads.record(entry);
      else await this.audit.record(entry);
    } catch (cause) {
      this.logger.error({ err: cause, entry }, 'an audit record could not be written');
    }
  }
}
