import type { IncomingMessage } from 'node:http';
import type { AppError } from '../errors/app-error';

const refusals = new WeakMap<IncomingMessage, AppError>();

/** Why a request has no caller. */
export function refusalOf(request: IncomingMessage): AppError | undefined {
  return refusals.get(request);
}

/** For the guard that has found no caller. */
export function rememberRefusal(request: IncomingMessage, refusal: AppError): void {
  refusals.set(request, refusal);
}
