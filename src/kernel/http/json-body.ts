import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../errors/app-error';
import { sanitize } from '../errors/sanitize';
import { contextOf } from '../request/request-context';

/** Requests that change something say little; files come another way. */
const LIMIT_BYTES = 102_400;
/** The caller is not authenticated yet: a body must not be a way to hold a connection. */
const WITHIN_MS = 30_000;
/** No request has more than lists in an object; what follows a body step by step must not be led into the deep. */
const MAX_DEPTH = 8;

/** The one type that is read as JSON: a relative of it (`application/ld+json`) or a list of types means something else. */
const JSON_TYPE = /^application\/json[ \t]*(;|$)/i;

/**
 * Parses JSON bodies, and refuses every other type: a form would count as a request without fields, which some routes take
 * for all or everything. What is wrong with one is only noted: maintenance, authentication and permission come before
 * validation, and they run after this.
 */
export function jsonBody({ withinMs = WITHIN_MS } = {}): RequestHandler {
  const parse = json({
    limit: LIMIT_BYTES,
    strict: true,
    type: (request) => JSON_TYPE.test(request.headers['content-type'] ?? ''),
    verify: (request, _response, bytes) => {
      if (bytes.length > 0) contextOf(request).hasJsonBody = true;
    },
  });
  return (request: Request, response: Response, next: NextFunction) => {
    let isOver = false;
    const go = (failure: AppError | undefined): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      contextOf(request).bodyFailure = failure;
      if (request.body === undefined) request.body = {};
      next();
    };
    const timer = setTimeout(() => go(new AppError('backups.invalid_request', { cause: new SlowBody() })), withinMs);
    parse(request, response, (error?: unknown) =>
      go(error === undefined || error === null ? failureOf(request) : withReason(sanitize(error))),
    );
  };
}

class SlowBody extends Error {
  override readonly name = 'SlowBody';
  constructor() {
    super('the body did not arrive in time');
  }
}

/**
 * For routes on which no body at all would mean the most.
 *
 * @throws AppError `backups.invalid_request` unless the request has said something in JSON, if only `{}`
 */
export function requireJsonBody(request: Request): void {
  if (contextOf(request).hasJsonBody) return;
  throw new AppError('backups.invalid_request', { details: { field: 'body', expected: 'application/json' } });
}

function failureOf(request: Request): AppError | undefined {
  const type = request.headers['content-type'] ?? '';
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (type === '' ? hasBody : !JSON_TYPE.test(type)) {
    return new AppError('backups.invalid_request', {
      details: { field: 'Content-Type', expected: 'application/json' },
    });
  }
  const body: unknown = request.body;
  if (body === undefined) return undefined;
  if (typeof body === 'object' && body !== null && !Array.isArray(body) && isShallow(body)) return undefined;
  return new AppError('backups.invalid_request', { details: { field: 'body' } });
}

function withReason(error: AppError): AppError {
  if (error.code === 'backups.invalid_request') {
    const details = { field: 'body', hint: 'The body cannot be read as JSON.' };
    return new AppError(error.code, { cause: error.cause, details });
  }
  if (error.code !== 'backups.upload_too_large') return error;
  return new AppError(error.code, {
    cause: error.cause,
    details: { limit_bytes: LIMIT_BYTES, hint: 'A request body in JSON has to be shorter.' },
  });
}

/** Level by level, so that depth costs no stack. */
function isShallow(body: object): boolean {
  let level: unknown[] = [body];
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
    if (level.length === 0) return true;
  }
  return false;
}
