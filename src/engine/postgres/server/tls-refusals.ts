import type { ServerPlace } from '../../address/database-address';

/** A server that gets TLS is asked for it after this time at the latest, milliseconds. */
const HOLDS_MS = 60_000;
/** What the driver says when the server answers its request for TLS with `N`. */
const REFUSAL = 'The server does not support SSL connections';

/** By the place of an address, and for as long as that is used. */
const refusedAtMs = new WeakMap<ServerPlace, number>();

export function isTlsRefusal(failure: unknown): boolean {
  return Error.isError(failure) && failure.message === REFUSAL;
}

/** Remembers a server that has no TLS, if the failure says so. */
export function noteTlsRefusal(place: ServerPlace, failure: unknown): void {
  if (isTlsRefusal(failure)) refusedAtMs.set(place, performance.now());
}

/** Whether the server has said a moment ago that it has no TLS. */
export function hasNoTls(place: ServerPlace): boolean {
  const atMs = refusedAtMs.get(place);
  return atMs !== undefined && performance.now() - atMs < HOLDS_MS;
}
