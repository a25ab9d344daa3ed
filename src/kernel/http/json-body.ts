import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../errors/app-error';
import { sanitize } from '../errors/sanitize';

/** Requests that change something say little; files come another way. */
const LIMIT = '100kb';
/** Nobody has been asked yet who he is: a body must not be a way to hold a connection. */
const WITHIN_MS = 30_000;
/** No request has more than lists in an object; what follows a body step by step must not be led into the deep. */
const MAX_DEPTH = 8;

const failures = new WeakMap<Request, AppError>();

/**
 * Parses JSON bodies. What is wrong with one is only kept here: maintenance, authentication and permission come before
 * validation, and they run after this.
 */
export function jsonBody({ withinMs = WITHIN_MS } = {}): RequestHandler {
  const parse = json({ limit: LIMIT, strict: true });
  return (request: Request, response: Response, next: NextFunction) => {
    let isOver = false;
    const go = (failure: AppError | undefined): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (failure !== undefined) failures.set(request, failure);
      if (request.body === undefined) request.body = {};
      next();
    };
    const timer = setTimeout(() => go(new AppError('backups.invalid_request', { cause: new SlowBody() })), withinMs);
    parse(request, response, (error?: unknown) =>
      go(error === undefined || error === null ? failureOf(request) : sanitize(error)),
    );
  };
}

class SlowBody extends Error {
  override readonly name = 'SlowBody';
  constructor() {
    super('the body did not arrive in time');
  }
}

/** What was wrong with the body, if anything. */
export function bodyFailureOf(request: Request): AppError | undefined {
  return failures.get(request);
}

function failureOf(request: Request): AppError | undefined {
  const body: unknown = request.body;
  if (body === undefined) {
    const hasBody =
      request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    const isJson = !hasBody || request.is('multipart/form-data') !== false;
    return isJson ? undefined : new AppError('backups.invalid_request', { details: { field: 'Content-Type' } });
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body) && isShallow(body)) return undefined;
  return new AppError('backups.invalid_request', { details: { field: 'body' } });
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
