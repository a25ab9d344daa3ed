import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import Provider from 'oidc-provider';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { JsonClient } from '../support/json-client';

const AUDIENCE = 'berkut-backups';
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

/** A real OpenID provider, whose client credentials give access tokens of each algorithm. */
describe('with tokens of a real OpenID provider', () => {
  const keys: Record<Algorithm, KeyObject> = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    EdDSA: generateKeyPairSync('ed25519').privateKey,
  };
  let server: Server;
  let issuer: string;
  let service: TestService;

  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, {
      jwks: {
        keys: ALGORITHMS.map((alg) => ({ ...keys[alg].export({ format: 'jwk' }), use: 'sig', kid: alg, alg })),
      },
      clients: [
        {
          client_id: 'robot',
          client_secret: 'a secret of the robot, long enough',
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => 'urn:berkut:RS256',
          getResourceServerInfo: (_, resource) => ({
            scope: 'backups',
            audience: resource.includes('other') ? 'another-service' : AUDIENCE,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 3600,
            jwt: { sign: { alg: ALGORITHMS.find((alg) => resource.endsWith(alg)) ?? 'RS256' } },
          }),
        },
      },
      extraTokenClaims: () => ({ roles: ['auditor'], name: 'robot' }),
    });
    const answer = provider.callback();
    server.on('request', (request, response) => void answer(request, response));
    service = await startTestService({
      environment: {
        BERKUT_AUTH_JWT_SECRET: '',
        BERKUT_AUTH_JWKS_URL: `${issuer}/jwks`,
        BERKUT_TRUSTED_PROXIES: '127.0.0.1',
        BERKUT_AUTH_ISSUER: issuer,
        BERKUT_AUTH_AUDIENCE: AUDIENCE,
      },
    });
  });
  afterAll(async () => {
    await service.stop();
    server.closeAllConnections();
    server.close();
  });

  const tokenFor = async (resource: string): Promise<string> => {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa('robot:a+secret+of+the+robot%2C+long+enough')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`the provider answered ${response.status}`);
    return token;
  };
  const me = (token: string) => new JsonClient(service.url, token).get<{ user?: { roles: string[] } }>('/auth/me');

  it.each(ALGORITHMS)('takes one that is signed with %s', async (alg) => {
    const { status, body } = await me(await tokenFor(`urn:berkut:${alg}`));
    expect([status, body.user?.roles]).toEqual([200, ['auditor']]);
  });

  it('refuses one that the provider has made for another service', async () => {
    expect((await me(await tokenFor('urn:other:RS256'))).status).toBe(401);
  });

  let addresses = 0;

  /** As the provider makes them, but for one thing. */
  const forged = (changes: {
    iss?: string;
    aud?: string;
    exp?: number;
    kid?: string;
    alg?: string;
    key?: KeyObject | Uint8Array;
  }) => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = { roles: ['superadmin'], name: 'robot', client_id: 'robot', jti: randomUUID() };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: changes.alg ?? 'RS256', kid: changes.kid ?? 'RS256', typ: 'at+jwt' })
      .setSubject('robot')
      .setIssuer(changes.iss ?? issuer)
      .setAudience(changes.aud ?? AUDIENCE)
      .setIssuedAt(nowSeconds - 10)
      .setExpirationTime(changes.exp ?? nowSeconds + 600)
      .sign(changes.key ?? keys.RS256);
  };

  it('takes one that differs in nothing, so that each refusal below has one reason', async () => {
    expect((await me(await forged({}))).status).toBe(200);
  });

  it.each<[string, () => Promise<string>, string]>([
    ['issuer', () => forged({ iss: `${issuer}/` }), 'iss'],
    ['audience', () => forged({ aud: 'another-service' }), 'aud'],
    ['expiry', () => forged({ exp: Math.floor(Date.now() / 1000) - 120 }), 'exp'],
    [
      'key of that name',
      () => forged({ key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }),
      'signature',
    ],
    ['name of a key', () => forged({ kid: 'nobody' }), 'key'],
    ['algorithm for its key', () => forged({ alg: 'RS512' }), 'algorithm'],
    [
      'algorithm, HS256 with the public key as the secret',
      () => forged({ alg: 'HS256', key: new TextEncoder().encode(String(keys.RS256.export({ format: 'jwk' }).n)) }),
      'algorithm',
    ],
  ])('refuses one with a wrong %s, and log and audit say by which check', async (_, make, check) => {
    const requestId = randomUUID();
    // Refusals from one address are counted together.
    addresses += 1;
    const headers = { 'X-Request-Id': requestId, 'X-Forwarded-For': `192.0.2.${addresses}` };
    const client = new JsonClient(service.url, await make());
    const { status, body } = await client.send('GET', '/auth/me', undefined, headers);
    expect([status, body.error.code, body.error.details]).toEqual([401, 'auth.unauthorized', undefined]);
    const recorded = async (): Promise<unknown[]> =>
      service.query('SELECT action, details FROM audit_records WHERE request_id = $1', [requestId]);
    await eventually(async () => (await recorded()).length > 0);
    expect(await recorded()).toMatchObject([{ action: 'auth.denied', details: { check } }]);
  });
});
