import type { IncomingMessage, ServerResponse } from 'node:http';
import { contextOf } from './request-context';

/** Returns the id of the request with every response. */
export function requestIdMiddleware(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  response.setHeader('X-Request-Id', contextOf(request).id);
  next();
}
