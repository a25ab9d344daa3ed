import { SignJWT } from 'jose';
import type { TokenRequest } from './token-request';

/** What the service checks a token against. */
export interface TokenAuthority {
  /** Shared secret of HS256, 32 bytes or more. */
  readonly secret: Uint8Array;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** A bearer token for the API with the claims it looks at; the name is the subject, too. */
export async function signToken(request: TokenRequest, authority: TokenAuthority, now: Date): Promise<string> {
  const issuedAtSeconds = Math.floor(now.getTime() / 1000);
  const token = new SignJWT({ name: request.name, roles: [...request.roles] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(request.name)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + request.ttlSeconds);
  if (authority.issuer !== undefined) token.setIssuer(authority.issuer);
  if (authority.audience !== undefined) token.setAudience(authority.audience);
  return token.sign(authority.secret);
}
