import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Holds the token; no script can read it. */
export const SESSION_COOKIE = 'berkut_session';
/** Readable by the page, which echoes it in a header: another site can send our cookies but not read them. */
export const CSRF_COOKIE = 'berkut_csrf';

/** The key under which CSRF tokens are made, from the key that signs the audit log, which every installation has. */
export function csrfKey(auditSigningKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', auditSigningKey, '', 'berkut/csrf', 32));
}

/** A token bound to one session: that of another session does not fit. */
export function csrfTokenFor(session: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(session).digest('base64url');
}

/** Compares in constant time. */
export function isCsrfTokenOf(session: string, given: string | undefined, key: Uint8Array): boolean {
  if (given === undefined) return false;
  const [expected, actual] = [Buffer.from(csrfTokenFor(session, key)), Buffer.from(given)];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** The value of a cookie, if the request has it. */
export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
