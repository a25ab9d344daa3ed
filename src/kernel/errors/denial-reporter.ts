import type { Request } from 'express';
import type { AppError } from './app-error';

/** Takes note of requests that ended with an error, wherever they ended: interceptors never see what a guard refused. */
export abstract class DenialReporter {
  /** Never rejects: an error response must go out whatever becomes of the note. */
  abstract report(request: Request, error: AppError): Promise<void>;
}
