import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { Caller } from './caller';
import { plainAddress } from './source-address';

/** An id that a caller may choose. */
const PLAIN_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** What is known about a request, from its first byte to its record in the audit log. */
export class RequestContext {
  /** The caller's own when it is short and plain, else one of ours. */
  readonly id: string;
  /** Address of the client as far as it can be believed; `undefined` when its connection was gone at once. */
  source: string | undefined;
  /** Set by the guard that has identified the caller. */
  caller: Caller | undefined;
  /** Whether the caller is known by a cookie, which a page of another site can send, too. */
  isBySession = false;
  /** Why there is no caller. */
  refusal: Error | undefined;
  /** Whether the request came with a body in JSON, and not only with the type of one. */
  hasJsonBody = false;
  /** What is wrong with the body. It is thrown after maintenance, authentication and permission. */
  bodyFailure: Error | undefined;
  /** Set by the first guard; `undefined` for what is not a route of the API. */
  route: ExecutionContext | undefined;
  /** What the handler adds to the record of the request. */
  recordDetails: Readonly<Record<string, unknown>> = {};
  /** Whether the audit log has the record, or it is being written. */
  isRecorded = false;

  constructor(request: IncomingMessage) {
    const given = request.headers['x-request-id'];
    this.id = typeof given === 'string' && PLAIN_ID.test(given) ? given : randomUUID();
    this.source = plainAddress(request.socket.remoteAddress);
  }
}

const contexts = new WeakMap<IncomingMessage, RequestContext>();

/** The one context of a request. It is made when it is first asked for. */
export function contextOf(request: IncomingMessage): RequestContext {
  const known = contexts.get(request);
  if (known !== undefined) return known;
  const context = new RequestContext(request);
  contexts.set(request, context);
  return context;
}
