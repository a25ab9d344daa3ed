import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { FakeClock } from '../../../test/support/fake-clock';
import { parseConfig } from '../config/parse-config';
import { TokenVerifier } from './token-verifier';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

describe('tokens of an OpenID provider', () => {
  const clock = new FakeClock('2026-03-01T12:00:00Z');
  let provider: Server;
  let keys: Keys;
  let url: string;
  let isUp = true;
  let published: object;
  let asked = 0;
  beforeAll(async () => {
    keys = await generateKeyPair('ES256');
    published = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
    provider = createServer((_request, response) => {
      asked += 1;
      response.writeHead(isUp ? 200 : 500).end(isUp ? JSON.stringify(published) : 'down');
    }).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
  });
  afterAll(async () => {
    provider.close();
    provider.closeAllConnections();
    await once(provider, 'close');
  });

  const verifier = (jwksUrl = url): TokenVerifier =>
    new TokenVerifier(
      parseConfig({
        APP_ENV: 'prod',
        BERKUT_DB_URL: 'postgres://u@h/scc',
        BERKUT_BACKUP_CONTROL_DB_URL: 'postgres://u@h/control',
        BACKUP_ENCRYPTION_KEY: 'ab'.repeat(32),
        BERKUT_AUTH_JWKS_URL: jwksUrl,
        BERKUT_AUTH_ISSUER: 'https://id.example',
        BERKUT_AUTH_AUDIENCE: 'backups',
      }),
      clock,
    );
  const token = (
    changes: { issuer?: string; audience?: string; kid?: string; key?: Keys['privateKey'] } = {},
  ): Promise<string> =>
    new SignJWT({ roles: ['auditor', 'analyst', 'unheard_of'], name: 'Олена' })
      .setProtectedHeader({ alg: 'ES256', kid: changes.kid ?? 'one' })
      .setSubject('u-17')
      .setIssuer(changes.issuer ?? 'https://id.example')
      .setAudience(changes.audience ?? 'backups')
      .setExpirationTime(clock.now().getTime() / 1000 + 60)
      .sign(changes.key ?? keys.privateKey);

  it('are verified with the keys it publishes, and give what the roles may', async () => {
    const caller = await verifier().verify(await token());
    expect({ ...caller, permissions: [...caller.permissions] }).toEqual({
      id: 'u-17',
      name: 'Олена',
      roles: ['auditor', 'analyst', 'unheard_of'],
      permissions: ['backups.read', 'audit.read'],
    });
  });

  it('are good until thirty seconds after they have expired', async () => {
    const signed = await token();
    const at = clock.now();
    clock.set(new Date(at.getTime() + 89_000));
    await expect(verifier().verify(signed)).resolves.toMatchObject({ id: 'u-17' });
    clock.set(new Date(at.getTime() + 91_000));
    await expect(verifier().verify(signed)).rejects.toMatchObject({ code: 'auth.unauthorized' });
    clock.set(at);
  });

  it.each([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['another audience', { audience: 'mail' }],
    ['an unknown key', { kid: 'two' }],
  ])('are refused with %s', async (_, changes) => {
    await expect(verifier().verify(await token(changes))).rejects.toMatchObject({ code: 'auth.unauthorized' });
  });

  it('are refused when they are signed with the public key as a shared secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey)));
    const forged = await new SignJWT({ roles: ['superadmin'] })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setSubject('m')
      .setIssuer('https://id.example')
      .setAudience('backups')
      .setExpirationTime('1h')
      .sign(secret);
    await expect(verifier().verify(forged)).rejects.toMatchObject({ code: 'auth.unauthorized' });
  });

  describe('that name a key which cannot be used', () => {
    let before: object;
    beforeAll(() => (before = published));
    afterAll(() => (published = before));
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });

    it.each<[string, object[]]>([
      ['RSA of 1024 bits', [{ ...rsa, kid: 'one', alg: 'RS256' }]],
      ['RSA of 1024 bits without an algorithm', [{ ...rsa, kid: 'one' }]],
      ['RSA without a modulus', [{ kty: 'RSA', e: 'AQAB', kid: 'one', alg: 'RS256' }]],
      ['RSA whose modulus is not a number', [{ kty: 'RSA', n: '!', e: 'AQAB', kid: 'one', alg: 'RS256' }]],
      ['a shared secret', [{ kty: 'oct', k: 'c2VjcmV0', kid: 'one', alg: 'HS256' }]],
      ['a curve that does not exist', [{ kty: 'EC', crv: 'P-17', x: 'AA', y: 'AA', kid: 'one' }]],
      ['a kind that does not exist', [{ kty: 'XYZ', kid: 'one' }]],
      [
        'two keys of the same name',
        [
          { ...rsa, kid: 'one' },
          { ...rsa, kid: 'one' },
        ],
      ],
      ['no key at all', []],
    ])('are refused, which is not the fault of the provider: %s', async (_, listed) => {
      published = { keys: listed };
      for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
        const [, payload = ''] = (await token()).split('.');
        const header = Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
        const text = `${header}.${payload}.${Buffer.alloc(128, 1).toString('base64url')}`;
        await expect(verifier().verify(text)).rejects.toMatchObject({ code: 'auth.unauthorized' });
      }
    });
  });

  it('are refused when they are good for longer than a month', async () => {
    const signed = async (days: number): Promise<string> =>
      new SignJWT({ roles: ['admin'] })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setSubject('u')
        .setIssuer('https://id.example')
        .setAudience('backups')
        .setExpirationTime(clock.now().getTime() / 1000 + days * 86_400)
        .sign(keys.privateKey);
    await expect(verifier().verify(await signed(31))).resolves.toMatchObject({ id: 'u' });
    await expect(verifier().verify(await signed(32))).rejects.toMatchObject({ code: 'auth.unauthorized' });
  });

  describe('whose provider changes', () => {
    let nowMs = 0;
    beforeEach(() => {
      nowMs = 1_800_000_000_000;
      jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
    });
    afterEach(() => {
      isUp = true;
      jest.restoreAllMocks();
    });

    it('are verified with a new key without a restart, and its provider is not asked for every token', async () => {
      const rotating = verifier();
      const before = published;
      asked = 0;
      for (let i = 0; i < 20; i += 1) await rotating.verify(await token());
      expect(asked).toBe(1);
      const next = await generateKeyPair('ES256');
      published = { keys: [{ ...(await exportJWK(next.publicKey)), kid: 'two', alg: 'ES256', use: 'sig' }] };
      try {
        nowMs += 6_000;
        await expect(rotating.verify(await token({ kid: 'two', key: next.privateKey }))).resolves.toBeDefined();
        // The one that is no longer published counts no more.
        await expect(rotating.verify(await token())).rejects.toMatchObject({ code: 'auth.unauthorized' });
        expect(asked).toBe(2);
        for (let i = 0; i < 20; i += 1) await rotating.verify(await token({ kid: 'three' })).catch(() => undefined);
        expect(asked).toBe(2);
      } finally {
        published = before;
      }
    });

    it('are not verified again within a minute, and are refused a minute after their key was taken back', async () => {
      const remembering = verifier();
      const signed = await token();
      const before = published;
      const at = clock.now();
      const caller = await remembering.verify(signed);
      published = { keys: [] };
      try {
        nowMs += 11 * 60_000;
        clock.set(new Date(at.getTime() + 59_000));
        await expect(remembering.verify(signed)).resolves.toBe(caller);
        clock.set(new Date(at.getTime() + 60_000));
        await expect(remembering.verify(signed)).rejects.toMatchObject({ code: 'auth.unauthorized' });
      } finally {
        published = before;
        clock.set(at);
      }
    });

    it('are verified with its last answer for a day when it is down', async () => {
      const patient = verifier();
      await patient.verify(await token());
      isUp = false;
      nowMs += 23 * 3_600_000;
      asked = 0;
      for (let i = 0; i < 5; i += 1) await expect(patient.verify(await token())).resolves.toMatchObject({ id: 'u-17' });
      expect(asked).toBe(1);
      nowMs += 31_000;
      await patient.verify(await token());
      expect(asked).toBe(2);
      await expect(patient.verify(await token({ kid: 'two' }))).rejects.toMatchObject({ code: 'auth.unauthorized' });
      nowMs += 2 * 3_600_000;
      await expect(patient.verify(await token())).rejects.toMatchObject({ code: 'backups.storage_unavailable' });
      isUp = true;
      nowMs += 6_000;
      await expect(patient.verify(await token())).resolves.toMatchObject({ id: 'u-17' });
    });
  });

  it('cannot be verified while the provider is down, which is not the caller’s fault', async () => {
    await expect(verifier('http://127.0.0.1:1/jwks').verify(await token())).rejects.toMatchObject({
      code: 'backups.storage_unavailable',
    });
  });
});
