import { ArgumentsHost, Catch, ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { contextOf } from '../request/request-context';
import { endUnreadBody } from '../request/unread-body';
import { reasonOf } from '../logging/loggable';
import type { AppError } from './app-error';
import { DenialReporter } from './denial-reporter';
import { errorBody } from './error-body';
import { sanitize } from './sanitize';

/** What a client is told to wait before it tries again, seconds. */
const RETRY_AFTER_SECONDS = 5;

/** The last stop of every error, those of guards, the router and the body parser included. */
@Catch()
@Injectable()
export class AllErrorsFilter implements ExceptionFilter {
  private readonly logger = new Logger(AllErrorsFilter.name);

  constructor(private readonly denials: DenialReporter) {}

  async catch(exception: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = sanitize(exception);
    this.tell(error, request);
    await this.denials.report(request, error);
    if (response.headersSent) {
      // A short body must not look like a whole one.
      response.destroy();
      return;
    }
    this.send(error, request, response);
  }

  /**
   * One line for each request that is refused or fails, without a stack for what the table knows. What is refused to strangers they
   * can send without end: the reporter of denials tells of the first of each kind, and counts the others.
   */
  private tell(error: AppError, request: Request): void {
    const { code, status, cause } = error;
    const { id, source, caller } = contextOf(request);
    const what = {
      code,
      status,
      method: request.method,
      path: pathOf(request),
      caller: caller?.name,
      source_ip: source,
      request_id: id,
    };
    if (code === 'backups.internal') this.logger.error({ ...what, err: cause ?? error }, 'request failed');
    else if (status >= 500 && code !== 'app.maintenance_mode') {
      this.logger.warn({ ...what, reason: cause === undefined ? undefined : reasonOf(cause) }, 'request failed');
    } else if (caller !== undefined) this.logger.log(what, 'request refused');
  }

  private send(error: AppError, request: Request, response: Response): void {
    for (const name of response.getHeaderNames())
      if (/^content-(type|length|disposition)$|^etag$|^repr-digest$|^location$/.test(name)) response.removeHeader(name);
    if (error.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (error.status === 503 || error.status === 429) {
      if (!response.hasHeader('Retry-After')) response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    }
    endUnreadBody(request);
    response.status(error.status).json(errorBody(error, contextOf(request).id));
  }
}

/** Without the query, which may hold what was pasted into the wrong field. */
function pathOf({ originalUrl }: Request): string {
  return originalUrl.split('?')[0] ?? '';
}
