import { createHmac, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { AUTHENTICATED, ROLES } from '../../src/kernel/access/permissions';
import { startTestService, TEST_SECRET, type TestService } from '../support/app';
import { JsonClient } from '../support/json-client';
import { type Route, routesOf } from '../support/routes';

describe('access', () => {
  let service: TestService;
  let routes: Route[];
  beforeAll(async () => {
    service = await startTestService();
    routes = routesOf(service).map((route) => ({ ...route, path: route.path.replace(':id', '999999') }));
  });
  afterAll(() => service.stop());

  it('is declared by every route', () => {
    expect(routes.length).toBeGreaterThan(8);
    expect(routes.filter(({ permission }) => permission === undefined)).toEqual([]);
  });

  it('is what the role table says, for every route and every role', async () => {
    for (const [role, permissions] of ROLES) {
      const client = await service.as(role);
      for (const { method, path, permission } of routes) {
        const { status, body } = await client.send(method, path);
        const isAllowed =
          permission === AUTHENTICATED || (permission !== undefined && permissions.includes(permission));
        if (isAllowed) expect([role, method, path, [401, 403].includes(status)]).toEqual([role, method, path, false]);
        else {
          expect([role, method, path, status]).toEqual([role, method, path, 403]);
          expect(body.error).toMatchObject({ code: 'backups.forbidden', i18n_key: 'backups.error.permissionDenied' });
        }
      }
    }
  });

  it('is refused on every route without a token, and to unknown roles', async () => {
    const nobody = await service.as('night_watch');
    for (const { method, path, permission } of routes) {
      expect([path, (await service.client.withoutToken().send(method, path)).status]).toEqual([path, 401]);
      const isOpen = permission === AUTHENTICATED;
      expect([path, (await nobody.send(method, path)).status === 403]).toEqual([path, !isOpen]);
    }
  });

  it('is the same for a session, which must also show that it can read its cookie', async () => {
    for (const role of ['superadmin', 'backup_operator', 'auditor', 'analyst']) {
      const bearer = await service.as(role);
      const begun = await bearer.send('POST', '/auth/session');
      const csrf = (begun.body as unknown as { csrf_token: string }).csrf_token;
      const Cookie = begun.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0] ?? '')
        .join('; ');
      const cookies = service.client.withoutToken();
      const isHeld = (permission: Route['permission']): boolean =>
        permission === AUTHENTICATED || (permission !== undefined && ROLES.get(role)?.includes(permission) === true);
      for (const { method, path, permission } of routes.filter((route) => route.path !== '/auth/session')) {
        const withToken = await cookies.send(method, path, undefined, { Cookie, 'X-CSRF-Token': csrf });
        const what = [role, method, path];
        expect([...what, [401, 403].includes(withToken.status)]).toEqual([...what, !isHeld(permission)]);
        const without = await cookies.send(method, path, undefined, { Cookie });
        if (method === 'GET') expect([...what, without.status]).toEqual([...what, withToken.status]);
        else expect([...what, without.body.error.code]).toEqual([...what, 'auth.csrf_invalid']);
      }
    }
  });

  describe('with a token', () => {
    const secret = new TextEncoder().encode(TEST_SECRET);
    const claims = { roles: ['superadmin'], name: 'mallory' };
    const statusWith = async (token: string): Promise<number> =>
      (await new JsonClient(service.url, token).get('/backups')).status;
    const now = (): number => Math.floor(Date.now() / 1000);

    it('that is in order is given', async () => {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('m')
        .setExpirationTime('1m')
        .sign(secret);
      expect(await statusWith(token)).toBe(200);
    });

    it.each<[string, () => Promise<string> | string]>([
      ['that is no token', () => 'abc'],
      ['of three empty parts', () => '..'],
      [
        'signed by somebody else',
        () =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(Buffer.alloc(32, 7)),
      ],
      [
        'without an expiry',
        () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject('m').sign(secret),
      ],
      [
        'that has expired beyond the tolerance',
        () =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime(now() - 60)
            .sign(secret),
      ],
      [
        'that is not valid yet',
        () =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setNotBefore(now() + 120)
            .setExpirationTime('1h')
            .sign(secret),
      ],
      [
        'that is good for a year',
        () =>
          new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject('m').setExpirationTime('1y').sign(secret),
      ],
      [
        'without a subject',
        () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1m').sign(secret),
      ],
      [
        'of another algorithm',
        () =>
          new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).setSubject('m').setExpirationTime('1m').sign(secret),
      ],
      [
        'that says it needs no signature',
        () => `${encoded({ alg: 'none' })}.${encoded({ ...claims, sub: 'm', exp: now() + 60 })}.`,
      ],
      [
        'whose payload was changed',
        async () => {
          const token = await new SignJWT({ roles: [] })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret);
          const [header, , signature] = token.split('.');
          return `${header ?? ''}.${encoded({ ...claims, sub: 'm', exp: now() + 60 })}.${signature ?? ''}`;
        },
      ],
      [
        'with roles that are no list',
        () =>
          new SignJWT({ roles: 'superadmin' })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
      ],
      [
        'with a name that no database takes',
        () =>
          new SignJWT({ ...claims, name: 'x\0y' })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
      ],
      [
        'with half a character in a name',
        () =>
          new SignJWT({ ...claims, name: 'x\ud800' })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
      ],
      [
        'that is huge',
        () =>
          new SignJWT({ ...claims, junk: 'x'.repeat(9000) })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
      ],
      [
        'signed over a header with a critical extension',
        () => {
          const input = `${encoded({ alg: 'HS256', crit: ['x'], x: 1 })}.${encoded({ ...claims, sub: 'm', exp: now() + 60 })}`;
          return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
        },
      ],
    ])('%s is refused', async (_, make) => {
      expect(await statusWith(await make())).toBe(401);
    });

    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  });

  it('leaves a record of every request, refused ones included', async () => {
    const requestId = randomUUID();
    const send = async (client: JsonClient, method: string, path: string, body?: string): Promise<void> => {
      await client.send(method, path, body, { 'X-Request-Id': requestId });
    };
    const analyst = await service.as('analyst');
    await send(service.client, 'GET', '/backups');
    await send(service.client.withoutToken(), 'GET', '/backups');
    await send(analyst, 'POST', '/backups', '{}');
    await send(service.client, 'POST', '/backups', '{"lable":1}');
    await send(service.client, 'POST', '/backups', '{"label":');
    await send(service.client, 'GET', '/backups/4711');
    await send(service.client, 'POST', '/backups', '{}');
    await service.idle();
    const records = await service.query(
      'SELECT actor, actor_roles, action, result, resource, source_ip, details FROM audit_records WHERE request_id = $1 ORDER BY seq',
      [requestId],
    );
    expect(records.map(({ actor, action, result }) => [actor, action, result])).toEqual([
      ['root', 'backups.list', 'success'],
      ['anonymous', 'auth.denied', 'denied'],
      ['analyst', 'backups.create', 'denied'],
      ['root', 'backups.create', 'failed'],
      ['root', 'backups.create', 'failed'],
      ['root', 'backups.read', 'not_found'],
      ['root', 'backups.create', 'queued'],
    ]);
    expect(records[5]).toMatchObject({ resource: 'backup/4711', details: { error_code: 'backups.not_found' } });
    expect(records[0]?.['source_ip']).toMatch(/127\.0\.0\.1/);
    const gaps = await service.query('SELECT count(*)::int AS n, max(seq)::int AS last FROM audit_records');
    expect(gaps[0]?.['n']).toBe(gaps[0]?.['last']);
  });

  it('lets nothing be changed while no record of it can be written', async () => {
    await service.query('ALTER TABLE audit_records RENAME TO audit_records_away');
    try {
      const before = (await service.query('SELECT count(*) FROM backups'))[0];
      const refused = await service.client.post('/backups');
      expect([refused.status, refused.body.error.code]).toEqual([503, 'backups.storage_unavailable']);
      expect((await service.query('SELECT count(*) FROM backups'))[0]).toEqual(before);
      expect((await service.client.get('/backups')).status).toBe(200);
    } finally {
      await service.query('ALTER TABLE audit_records_away RENAME TO audit_records');
    }
  });

  it('to a download is recorded with the bytes that were sent', async () => {
    const backup = await service.client.backUp();
    const response = await service.client.fetch('GET', `/backups/${backup.id}/download`);
    await response.arrayBuffer();
    let record: Record<string, unknown> | undefined;
    while (record === undefined) {
      [record] = await service.query(
        `SELECT result, resource, details FROM audit_records WHERE action = 'backups.download' AND resource = $1`,
        [`backup/${backup.id}`],
      );
    }
    expect(record).toEqual({
      result: 'success',
      resource: `backup/${backup.id}`,
      details: { bytes_sent: backup.size_bytes, bytes_total: backup.size_bytes },
    });
  });
});
