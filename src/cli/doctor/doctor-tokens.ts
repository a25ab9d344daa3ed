import { createPublicKey } from 'node:crypto';
import { problem, warning } from '../../engine/findings/finding';
import type { AppConfig } from '../../kernel/config/config';
import { type Diagnosis, found, ok } from './diagnosis';

const ANSWER_WITHIN_MS = 10_000;

/** Key types that sign with RS256, PS256, ES256 or EdDSA. */
const KEY_TYPES: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

/** Whether tokens can be checked: the provider's keys, what it says of itself, and the claims that are demanded. */
export async function checkTokens(config: AppConfig): Promise<Diagnosis[]> {
  const { auth } = config;
  if (auth.kind === 'secret') {
    return [ok('tokens', 'signed with a shared secret (HS256)')];
  }
  return [await checkKeys(auth.url), ...(await checkIssuer(auth)), ...checkClaims(config)];
}

async function checkKeys(url: string): Promise<Diagnosis> {
  const check = 'tokens';
  let keys: readonly unknown[];
  try {
    const answer = await answerOf(url);
    if (!Array.isArray(answer['keys'])) throw new Error('no keys');
    keys = answer['keys'];
  } catch {
    return found(check, problem('tokens.no_keys'));
  }
  const usable = keys.filter(isUsable).length;
  if (usable === 0) return found(check, problem('tokens.no_usable_key', { count: keys.length }));
  return ok(check, `the provider has ${keys.length} keys, ${usable} of them for signatures`);
}

function isUsable(key: unknown): boolean {
  if (!isRecord(key) || !KEY_TYPES.has(key['kty']) || (key['use'] ?? 'sig') !== 'sig') return false;
  try {
    createPublicKey({ key, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}

/** What the issuer says of itself where OpenID Connect Discovery puts it. Other issuers than OpenID's say nothing there. */
async function checkIssuer({ issuer, url }: { issuer: string | undefined; url: string }): Promise<Diagnosis[]> {
  const check = 'issuer';
  if (issuer === undefined) return [];
  if (!/^https?:\/\//.test(issuer)) {
    return [ok(check, 'BERKUT_AUTH_ISSUER is not a web address; it cannot be asked')];
  }
  let said: Record<string, unknown>;
  try {
    said = await answerOf(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  } catch {
    return [found(check, warning('issuer.silent'))];
  }
  if (said['issuer'] !== issuer) {
    return [found(check, problem('issuer.other_name', { issuer: JSON.stringify(said['issuer']) }))];
  }
  const address = said['jwks_uri'];
  if (typeof address === 'string' && address !== url) return [found(check, warning('issuer.other_keys', { address }))];
  return [ok(check, 'is what the provider says of itself')];
}

/** A provider has tokens for many services; without a check all of them are good here. */
function checkClaims({ auth }: AppConfig): Diagnosis[] {
  const unset = [
    ...(auth.issuer === undefined ? ['BERKUT_AUTH_ISSUER'] : []),
    ...(auth.audience === undefined ? ['BERKUT_AUTH_AUDIENCE'] : []),
  ];
  if (unset.length === 0) return [];
  return [found('claims', warning('claims.unchecked', { variables: unset.join(' and ') }))];
}

async function answerOf(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const body: unknown = await response.json();
  if (!response.ok || !isRecord(body)) throw new Error('no answer');
  return body;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
