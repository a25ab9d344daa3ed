import { ArgumentsHost, Catch, ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { requestIdOf } from '../http/request-id';
import { endUnreadBody } from '../http/unread-body';
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
    if (error.status >= 500 && error.code !== 'app.maintenance_mode') {
      this.logger.error({ err: error.cause ?? error, code: error.code }, 'request failed');
    }
    await this.denials.report(request, error);
    if (response.headersSent) {
      // A short body must not look like a whole one.
      response.destroy();
      return;
    }
    this.send(error, request, response);
  }

  private send(error: AppError, request: Request, response: Response): void {
    for (const name of response.getHeaderNames())
      if (/^content-(type|length|disposition)$|^etag$|^repr-digest$|^location$/.test(name)) response.removeHeader(name);
    if (error.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (error.status === 503 || error.status === 429) {
      if (!response.hasHeader('Retry-After')) response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    }
    endUnreadBody(request);
    response.status(error.status).json(errorBody(error, requestIdOf(request)));
  }
}
