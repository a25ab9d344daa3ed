import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { z } from 'zod';
import { startTestService } from '../support/app';
import { TEST_SECRET } from '../support/test-environment';
import { JsonClient } from '../support/json-client';
import { exchange, statusOf } from '../support/raw-client';
import type { Attack, Round } from './round';

const CLAIMS = { roles: ['superadmin'], name: 'mallory' };
const SECRET = new TextEncoder().encode(TEST_SECRET);
const now = (): number => Math.floor(Date.now() / 1000);
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (alg: string): string => `${encoded({ alg })}.${encoded({ ...CLAIMS, sub: 'm', exp: now() + 60 })}.`;

/** A token that would be good, but for what is changed. */
function token(key: Parameters<SignJWT['sign']>[0], alg: string, claims: object = {}): Promise<string> {
  const all = { ...CLAIMS, sub: 'm', iss: 'https://id.example', aud: 'backups', exp: now() + 60, ...claims };
  return new SignJWT(all).setProtectedHeader({ alg, kid: 'one' }).sign(key);
}

async function tryAll(url: string, tokens: readonly string[], round: Round): Promise<void> {
  for (const [i, text] of tokens.entries()) {
    const { status } = await new JsonClient(url, text).get('/backups');
    round.request(['token', i, text.slice(0, 60)], status);
  }
}

/** Forged, stale, garbled and doubled tokens, for a service with a secret and for one with a provider. */
export const tokens: Attack = async ({ service }, round) => {
  const good = await token(SECRET, 'HS256');
  const [header = '', payload = '', signature = ''] = good.split('.');
  await tryAll(
    service.url,
    [
      ...['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'RS256'].map(unsigned),
      await token(Buffer.alloc(32, 7), 'HS256'),
      await token(Buffer.alloc(64, 7), 'HS512'),
      await token(SECRET, 'HS256', { exp: now() - 60 }),
      await token(SECRET, 'HS256', { exp: undefined }),
      await token(SECRET, 'HS256', { exp: now() + 86_400 * 400 }),
      await token(SECRET, 'HS256', { nbf: now() + 600 }),
      await token(SECRET, 'HS256', { sub: undefined }),
      await token(SECRET, 'HS256', { roles: 'superadmin' }),
      await token(SECRET, 'HS256', { roles: { 0: 'superadmin' } }),
      await token(SECRET, 'HS256', { junk: 'x'.repeat(9_000) }),
      `${header}.${encoded({ ...CLAIMS, sub: 'other', exp: now() + 60 })}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${good}.${signature}`,
      `${header}.${payload}.${signature.split('').reverse().join('')}`,
      '..',
      'x',
      'x'.repeat(7_000),
    ],
    round,
  );
  await twoSessions(service.url, good, round);
  await confusion(round);
};

/** Two session cookies, one of them good: neither may win. */
async function twoSessions(url: string, good: string, round: Round): Promise<void> {
  for (const name of ['berkut_session', '__Host-berkut_session']) {
    for (const cookie of [
      `${name}=${good}; ${name}=x`,
      `${name}=x; ${name}=${good}`,
      `${name}=${good}; ${name}=${good}`,
    ]) {
      const text = `GET /api/backups HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
      round.request(['cookies', name, cookie.length], statusOf(await exchange(url, text)));
    }
  }
  const twice = `GET /api/backups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nAuthorization: Bearer ${good}\r\nConnection: close\r\n\r\n`;
  round.request('two headers', statusOf(await exchange(url, twice)));
}

/** A service that trusts a provider: its public key as a secret, others' keys, tokens made for others. */
async function confusion(round: Round): Promise<void> {
  const [keys, others] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  const published = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' }] });
  const provider = createServer((_, response) => response.end(published)).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  try {
    const { port } = z.object({ port: z.number() }).parse(provider.address());
    const service = await startTestService({
      environment: {
        BERKUT_AUTH_JWT_SECRET: '',
        BERKUT_AUTH_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
        BERKUT_AUTH_ISSUER: 'https://id.example',
        BERKUT_AUTH_AUDIENCE: 'backups',
      },
    });
    try {
      const good = new JsonClient(service.url, await token(keys.privateKey, 'RS256'));
      expect((await good.get('/backups')).status).toBe(200);
      const publicKey = await exportSPKI(keys.publicKey);
      const tokens = [
        await token(Buffer.from(publicKey), 'HS256'),
        await token(Buffer.from(publicKey.trim()), 'HS256'),
        await token(Buffer.from(published), 'HS256'),
        await token(SECRET, 'HS256'),
        await token(others.privateKey, 'RS256'),
        await token(keys.privateKey, 'RS256', { iss: 'https://id.example.org' }),
        await token(keys.privateKey, 'RS256', { iss: undefined }),
        await token(keys.privateKey, 'RS256', { aud: 'others' }),
        await token(keys.privateKey, 'RS256', { aud: undefined }),
        await token(keys.privateKey, 'RS256', { exp: now() - 60 }),
        unsigned('none'),
      ];
      for (const text of tokens) {
        const { status } = await new JsonClient(service.url, text).get('/backups');
        round.attempt(['provider', text.slice(0, 60), status], status === 401);
      }
    } finally {
      await service.stop();
    }
  } finally {
    provider.close();
    provider.closeAllConnections();
  }
}
