import type { SignInConfig } from './config';
import type { ValueReader } from './value-reader';

/** Reads how people sign in, and reports what is missing for it. */
export function readSignIn(read: ValueReader): SignInConfig | undefined {
  const clientId = read.optional('BERKUT_AUTH_CLIENT_ID');
  const clientSecret = read.optional('BERKUT_AUTH_CLIENT_SECRET');
  const scopes = read.value('BERKUT_AUTH_SCOPES');
  const audience = read.optional('BERKUT_AUTH_AUDIENCE');
  if (clientId === undefined) {
    if (clientSecret !== undefined) read.problem('BERKUT_AUTH_CLIENT_ID', 'is required with BERKUT_AUTH_CLIENT_SECRET');
    return undefined;
  }
  for (const name of ['BERKUT_AUTH_JWKS_URL', 'BERKUT_AUTH_ISSUER', 'BERKUT_PUBLIC_URL'] as const) {
    if (!read.has(name)) read.problem(name, 'is required with BERKUT_AUTH_CLIENT_ID');
  }
  const issuer = read.optional('BERKUT_AUTH_ISSUER');
  const publicUrl = read.optional('BERKUT_PUBLIC_URL');
  if (issuer === undefined || publicUrl === undefined) return undefined;
  if (!URL.canParse(issuer) || !/^https?:$/.test(new URL(issuer).protocol)) {
    read.problem(
      'BERKUT_AUTH_ISSUER',
      'is no web address, where the provider of BERKUT_AUTH_CLIENT_ID says what it is',
    );
  }
  const { origin, href } = new URL(publicUrl);
  if (href !== `${origin}/`) {
    read.problem(
      'BERKUT_PUBLIC_URL',
      'has a path: with BERKUT_AUTH_CLIENT_ID it is the address of the console, which is at /',
    );
  }
  if (!scopes.split(/\s+/).includes('openid')) read.problem('BERKUT_AUTH_SCOPES', 'must have openid among them');
  return { issuer, clientId, clientSecret, scopes, audience, publicUrl: `${origin}/` };
}
