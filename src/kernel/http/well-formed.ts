import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../errors/app-error';

/** Headers that say one thing. Of two, Node takes the first and a proxy before it perhaps the second. */
const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'expect',
  'x-csrf-token',
  'idempotency-key',
]);

/**
 * Refuses what is a request to the parser but has no clear meaning: without a host or with several, with several values
 * where one is meant, in a coding that is not taken off, or with an expectation that is not met here.
 */
export function wellFormed(request: Request, _response: Response, next: NextFunction): void {
  const { expect, host, 'transfer-encoding': coding } = request.headers;
  if (!isMet(expect)) throw new AppError('backups.expectation_failed');
  if (request.httpVersion === '1.1' && host === undefined) throw invalid('Host');
  // Another coding under it would be passed on as if it were the body.
  if (coding !== undefined && !/^chunked$/i.test(coding.trim())) throw invalid('Transfer-Encoding');
  const seen = new Set<string>();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    if (SINGLE.has(name) && seen.has(name)) throw invalid(name);
    seen.add(name);
  }
  next();
}

/** Whether an `Expect` header asks for nothing that the service does not do. */
export function isMet(expectation: string | undefined): boolean {
  return expectation === undefined || /^100-continue$/i.test(expectation.trim());
}

function invalid(field: string): AppError {
  return new AppError('backups.invalid_request', { details: { field } });
}
