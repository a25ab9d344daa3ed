import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import Provider from 'oidc-provider';
import { startTestService, type TestService } from '../support/app';
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

  it.each<[string, () => Promise<string>]>([
    ['issuer', () => forged({ iss: `${issuer}/` })],
    ['audience', () => forged({ aud: 'another-service' })],
    ['expiry', () => forged({ exp: Math.floor(Date.now() / 1000) - 120 })],
    ['key of that name', () => forged({ key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey })],
    ['name of a key', () => forged({ kid: 'nobody' })],
    ['algorithm for its key', () => forged({ alg: 'RS512' })],
    [
      'algorithm, HS256 with the public key as the secret',
      () => forged({ alg: 'HS256', key: new TextEncoder().encode(String(keys.RS256.export({ format: 'jwk' }).n)) }),
    ],
  ])('refuses one with a wrong %s', async (_, make) => {
    const { status, body } = await me(await make());
    expect([status, (body as { error?: { code: string } }).error?.code]).toEqual([401, 'auth.unauthorized']);
  });
});
