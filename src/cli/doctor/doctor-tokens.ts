import { createPublicKey } from 'node:crypto';
import type { AppConfig } from '../../kernel/config/config';
import type { Diagnosis } from './diagnosis';

const ANSWER_WITHIN_MS = 10_000;

/** Key types that sign with RS256, PS256, ES256 or EdDSA. */
const KEY_TYPES: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

/** Whether tokens can be checked: the provider's keys, what it says of itself, and the claims that are demanded. */
export async function checkTokens(config: AppConfig): Promise<Diagnosis[]> {
  const { auth } = config;
  if (auth.kind === 'secret') {
    return [{ check: 'tokens', state: 'ok', message: 'signed with a shared secret (HS256)' }];
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
    return {
      check,
      state: 'problem',
      message: 'the provider of BERKUT_AUTH_JWKS_URL does not answer with keys',
      advice: 'open that address from this machine; a proxy or a firewall may be in between',
    };
  }
  const usable = keys.filter(isUsable).length;
  if (usable === 0) {
    return {
      check,
      state: 'problem',
      message: `none of the provider’s ${keys.length} keys verifies signatures of RS256, PS256, ES256 or EdDSA`,
      advice:
        'let the provider sign access tokens with one of these, and see that BERKUT_AUTH_JWKS_URL is its jwks_uri',
    };
  }
  return { check, state: 'ok', message: `the provider has ${keys.length} keys, ${usable} of them for signatures` };
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
    return [{ check, state: 'ok', message: 'BERKUT_AUTH_ISSUER is not a web address; it cannot be asked' }];
  }
  let said: Record<string, unknown>;
  try {
    said = await answerOf(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  } catch {
    return [
      {
        check,
        state: 'warning',
        message: 'BERKUT_AUTH_ISSUER does not answer at /.well-known/openid-configuration',
        advice: 'an OpenID provider does: compare BERKUT_AUTH_ISSUER with `iss` of a token, to the letter',
      },
    ];
  }
  if (said['issuer'] !== issuer) {
    return [
      {
        check,
        state: 'problem',
        message: `the provider calls itself ${JSON.stringify(said['issuer'])}, so every token would be refused`,
        advice: 'set BERKUT_AUTH_ISSUER to exactly that, a slash at the end included',
      },
    ];
  }
  if (typeof said['jwks_uri'] === 'string' && said['jwks_uri'] !== url) {
    return [
      {
        check,
        state: 'warning',
        message: `the provider has its keys at ${said['jwks_uri']}, not at BERKUT_AUTH_JWKS_URL`,
        advice: 'two addresses may lead to the same keys; when tokens are refused for their key, set the provider’s',
      },
    ];
  }
  return [{ check, state: 'ok', message: 'is what the provider says of itself' }];
}

/** A provider has tokens for many services; without a check all of them are good here. */
function checkClaims({ auth }: AppConfig): Diagnosis[] {
  const unset = [
    ...(auth.issuer === undefined ? ['BERKUT_AUTH_ISSUER'] : []),
    ...(auth.audience === undefined ? ['BERKUT_AUTH_AUDIENCE'] : []),
  ];
  if (unset.length === 0) return [];
  return [
    {
      check: 'claims',
      state: 'warning',
      message: `${unset.join(' and ')} not set: tokens that the provider has made for other services are accepted`,
      advice: 'set them to what the provider writes into `iss` and `aud` of tokens for this service',
    },
  ];
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
