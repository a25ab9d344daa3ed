import type { IncomingMessage } from 'node:http';
import type { Permission } from './permissions';

/** The authenticated principal of a request. */
export interface Caller {
  /** `sub` of the token. */
  readonly id: string;
  /** Shown and audited. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<Permission>;
}

/** The requester of runs that the plan begins. */
export const SCHEDULER = 'scheduler';

const callers = new WeakMap<IncomingMessage, Caller>();

/** Who is calling, once the guard has let the request in. */
export function callerOf(request: IncomingMessage): Caller | undefined {
  return callers.get(request);
}

/** For the guard. */
export function rememberCaller(request: IncomingMessage, caller: Caller): void {
  callers.set(request, caller);
}
