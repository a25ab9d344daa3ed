import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refusedToken } from './token-refusal';

/** Holds the token; no script can read it. */
export const SESSION_COOKIE = 'berkut_session';
/** The same over TLS: a browser takes this name only from the very host, with TLS, and for all of its paths (RFC 6265bis). */
export const HOST_SESSION_COOKIE = '__Host-berkut_session';
/** Both kinds. */
export const SESSION_COOKIES: readonly string[] = [HOST_SESSION_COOKIE, SESSION_COOKIE];
/** Its name is the same everywhere, because pages know it; planted by another site it fits no session. Readable by the page, which echoes it in a header: another site can send our cookies but not read them. */
export const CSRF_COOKIE = 'berkut_csrf';

/** The key under which CSRF tokens are made, from the key that signs the audit log, which every installation has. */
export function csrfKey(auditSigningKey: Uint8Array): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', auditSigningKey, '', 'berkut/csrf', 32)));
}

/** A token bound to one session: that of another session does not fit. */
export function csrfTokenFor(session: string, key: KeyObject): string {
  return createHmac('sha256', key).update(session).digest('base64url');
}

/** Compares in constant time. */
export function isCsrfTokenOf(session: string, given: string | undefined, key: KeyObject): boolean {
  if (given === undefined) return false;
  const [expected, actual] = [Buffer.from(csrfTokenFor(session, key)), Buffer.from(given)];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/**
 * The token of the session cookie, if the request has one.
 *
 * @throws AppError `auth.unauthorized` for several: one of them may have been planted by a neighbour of this host
 */
export function sessionOf(request: IncomingMessage): string | undefined {
  const found = SESSION_COOKIES.flatMap((name) => cookiesOf(request, name));
  if (found.length > 1) throw refusedToken('cookies');
  return found[0];
}

/** All values of a cookie. */
export function cookiesOf(request: IncomingMessage, name: string): string[] {
  return (request.headers.cookie ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
