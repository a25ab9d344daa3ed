import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { SignJWT } from 'jose';
import { StrangerRecords } from '../../src/audit/stranger-records';
import { AUTHENTICATED, type Permission, PUBLIC, ROLES } from '../../src/kernel/request/permissions';
import { startTestService, type TestService } from '../support/app';
import { TEST_SECRET } from '../support/test-environment';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { JsonClient } from '../support/json-client';
import { READING, type Route, routesOf } from '../support/routes';
import { itLong } from '../support/form';

describe('access', () => {
  let service: TestService;
  let routes: (Route & { permission: Permission | typeof AUTHENTICATED | undefined })[];
  let open: string[];
  let kept: number;
  beforeAll(async () => {
    // A route that takes `{}` for a restore must not start one here.
    service = await startTestService({
      environment: { BERKUT_BACKUP_RESTORE_CONFIRM: 'true', BERKUT_TRUSTED_PROXIES: '127.0.0.1' },
    });
    await withClient(service.target.url, (client) => client.query('CREATE TABLE docs ()'));
    const backup = await service.client.backUp();
    const run = await service.client.restore(backup.id, { mode: 'rehearse', keep_hours: 1 }, 'restore/dry-run');
    kept = run.id;
    // What is only read is there; what would be changed is not, so that it is there for the next one.
    const all = routesOf(service);
    open = all.flatMap(({ method, path, permission }) => (permission === PUBLIC ? [`${method} ${path}`] : []));
    routes = all.flatMap(({ method, path, permission, ...route }) => {
      if (permission === PUBLIC) return [];
      const id = method !== 'GET' ? 999999 : path.includes('/restores/') ? run.id : backup.id;
      const query = path.endsWith('/rows') ? '?table=docs' : '';
      return [{ ...route, method, permission, path: `${path.replace(':id', String(id))}${query}` }];
    });
  });
  afterAll(async () => {
    await service.client.post(`/backups/restores/${kept}/discard`);
    await service.stop();
  });

  /** The answer to a caller with the right: the data it reads, or an answer about the change it asks for. */
  const isOrderly = (method: string, status: number): boolean =>
    // 202: a comparison is made while it is asked for.
    method === 'GET' ? status === 200 || status === 202 : status < 500 && ![401, 403, 429].includes(status);

  it('is declared by every route', () => {
    expect(routes.length).toBeGreaterThan(8);
    expect(routes.filter(({ permission }) => permission === undefined)).toEqual([]);
  });

  it('is open without a token on the way to a session, and nowhere else', async () => {
    expect(open).toEqual(['GET /auth/options', 'GET /auth/sign-in', 'GET /auth/callback', 'GET /auth/end-session']);
    const client = service.client.withoutToken();
    const { status, body } = await client.get('/auth/options');
    expect([status, body]).toEqual([200, { sign_in: 'token', one_time_code: false }]);
    // Without a provider there is nothing to come back from.
    for (const path of ['/auth/sign-in', '/auth/callback?code=x&state=y', '/auth/end-session']) {
      expect([path, (await client.get(path)).status]).toEqual([path, 404]);
    }
  });

  it('is what the role table says, for every route and every role', async () => {
    for (const [role, permissions] of ROLES) {
      const client = await service.as(role);
      for (const { method, path, permission } of routes) {
        const { status, body } = await client.send(method, path);
        const isAllowed =
          permission === AUTHENTICATED || (permission !== undefined && permissions.includes(permission));
        if (isAllowed) expect([role, method, path, isOrderly(method, status)]).toEqual([role, method, path, true]);
        else {
          expect([role, method, path, status]).toEqual([role, method, path, 403]);
          if (method === 'HEAD') continue;
          expect(body.error).toMatchObject({ code: 'backups.forbidden', i18n_key: 'backups.error.permissionDenied' });
        }
      }
    }
  });

  it('is refused on every route without a token, and to unknown roles', async () => {
    const unknown = await service.as('night_watch');
    for (const { method, path, permission } of routes) {
      expect([path, (await service.client.withoutToken().send(method, path)).status]).toEqual([path, 401]);
      const isOpen = permission === AUTHENTICATED;
      expect([path, (await unknown.send(method, path)).status === 403]).toEqual([path, !isOpen]);
    }
  });

  itLong('is the same for a session, which must also show that it can read its cookie', async () => {
    for (const role of ROLES.keys()) {
      const bearer = await service.as(role);
      const begun = await bearer.send('POST', '/auth/session');
      const csrf = (begun.body as unknown as { csrf_token: string }).csrf_token;
      const Cookie = begun.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0] ?? '')
        .join('; ');
      const cookies = service.client.withoutToken();
      const isHeld = (permission: (typeof routes)[number]['permission']): boolean =>
        permission === AUTHENTICATED || (permission !== undefined && ROLES.get(role)?.includes(permission) === true);
      for (const { method, path, permission } of routes.filter((route) => route.path !== '/auth/session')) {
        const withToken = await cookies.send(method, path, undefined, { Cookie, 'X-CSRF-Token': csrf });
        const what = [role, method, path];
        if (isHeld(permission)) expect([...what, isOrderly(method, withToken.status)]).toEqual([...what, true]);
        else expect([...what, withToken.status]).toEqual([...what, 403]);
        const without = await cookies.send(method, path, undefined, { Cookie });
        if (READING.includes(method)) expect([...what, without.status]).toEqual([...what, withToken.status]);
        else expect([...what, without.body.error.code]).toEqual([...what, 'auth.csrf_invalid']);
      }
    }
  });

  describe('with a token', () => {
    const secret = new TextEncoder().encode(TEST_SECRET);
    const claims = { roles: ['superadmin'], name: 'mallory' };
    const statusWith = async (token: string, requestId = randomUUID()): Promise<number> =>
      (await new JsonClient(service.url, token).send('GET', '/backups', undefined, { 'X-Request-Id': requestId }))
        .status;
    const now = (): number => Math.floor(Date.now() / 1000);

    it('that is in order is given', async () => {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('m')
        .setExpirationTime('1m')
        .sign(secret);
      expect(await statusWith(token)).toBe(200);
    });

    it.each<[string, () => Promise<string> | string, string]>([
      ['that is no token', () => 'abc', 'format'],
      ['of three empty parts', () => '..', 'format'],
      [
        'signed with another key',
        () =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(Buffer.alloc(32, 7)),
        'signature',
      ],
      [
        'without an expiry',
        () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject('m').sign(secret),
        'exp',
      ],
      [
        'that has expired beyond the tolerance',
        () =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime(now() - 60)
            .sign(secret),
        'exp',
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
        'nbf',
      ],
      [
        'that is good for a year',
        () =>
          new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject('m').setExpirationTime('1y').sign(secret),
        'lifetime',
      ],
      [
        'without a subject',
        () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1m').sign(secret),
        'sub',
      ],
      [
        'of another algorithm',
        () =>
          new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).setSubject('m').setExpirationTime('1m').sign(secret),
        'algorithm',
      ],
      [
        'that says it needs no signature',
        () => `${encoded({ alg: 'none' })}.${encoded({ ...claims, sub: 'm', exp: now() + 60 })}.`,
        'algorithm',
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
        'signature',
      ],
      [
        'with roles that are no list',
        () =>
          new SignJWT({ roles: 'superadmin' })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
        'roles',
      ],
      [
        'with a name that no database takes',
        () =>
          new SignJWT({ ...claims, name: 'x\0y' })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
        'name',
      ],
      [
        'with half a character in a name',
        () =>
          new SignJWT({ ...claims, name: 'x\ud800' })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
        'name',
      ],
      [
        'that is huge',
        () =>
          new SignJWT({ ...claims, junk: 'x'.repeat(9000) })
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('m')
            .setExpirationTime('1m')
            .sign(secret),
        'length',
      ],
      [
        'signed over a header with a critical extension',
        () => {
          const input = `${encoded({ alg: 'HS256', crit: ['x'], x: 1 })}.${encoded({ ...claims, sub: 'm', exp: now() + 60 })}`;
          return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
        },
        'header',
      ],
    ])('%s is refused, and log and audit say by which check', async (_, make, check) => {
      // Refusals from one address are counted together.
      addresses += 1;
      const requestId = randomUUID();
      const headers = { 'X-Request-Id': requestId, 'X-Forwarded-For': `192.0.${addresses}.1` };
      const client = new JsonClient(service.url, await make());
      const refused = await client.send('GET', '/backups', undefined, headers);
      expect([refused.status, refused.body.error.details]).toEqual([401, undefined]);
      const recorded = async (): Promise<unknown[]> =>
        service.query('SELECT actor, action, result, source_ip, details FROM audit_records WHERE request_id = $1', [
          requestId,
        ]);
      await eventually(async () => (await recorded()).length > 0);
      expect(await recorded()).toEqual([
        {
          actor: 'anonymous',
          action: 'auth.denied',
          result: 'denied',
          source_ip: `192.0.${addresses}.1`,
          details: { error_code: 'auth.unauthorized', check, requested_action: 'backups.list' },
        },
      ]);
    });
    let addresses = 0;

    it.each(['service', ' Scheduler', 'ｓervice', 'anonymous'])(
      'that calls itself %s does not pass for it',
      async (name) => {
        const requestId = randomUUID();
        const token = await new SignJWT({ ...claims, name })
          .setProtectedHeader({ alg: 'HS256' })
          .setSubject('m')
          .setExpirationTime('1m')
          .sign(secret);
        expect(await statusWith(token, requestId)).toBe(200);
        const [record] = await service.query('SELECT actor, details FROM audit_records WHERE request_id = $1', [
          requestId,
        ]);
        expect(record).toEqual({ actor: `caller "${name}"`, details: { actor_id: 'm' } });
      },
    );

    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  });

  it('leaves a record of every request, refused ones included', async () => {
    const requestId = randomUUID();
    const send = async (client: JsonClient, method: string, path: string, body?: string): Promise<void> => {
      await client.send(method, path, body, { 'X-Request-Id': requestId, 'X-Forwarded-For': '203.0.113.9' });
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
    await service.app.get(StrangerRecords).written();
    const records = await service.query(
      `SELECT actor, actor_roles, action, result, resource, source_ip, details FROM audit_records
        WHERE request_id = $1 AND actor <> 'anonymous' ORDER BY seq`,
      [requestId],
    );
    const [refused] = await service.query(
      `SELECT action, result FROM audit_records WHERE request_id = $1 AND actor = 'anonymous'`,
      [requestId],
    );
    expect(refused).toEqual({ action: 'auth.denied', result: 'denied' });
    expect(records.map(({ actor, action, result }) => [actor, action, result])).toEqual([
      ['root', 'backups.list', 'success'],
      ['analyst', 'backups.create', 'denied'],
      ['root', 'backups.create', 'failed'],
      ['root', 'backups.create', 'failed'],
      ['root', 'backups.read', 'not_found'],
      ['root', 'backups.create', 'queued'],
    ]);
    expect(records[4]).toMatchObject({ resource: 'backup/4711', details: { error_code: 'backups.not_found' } });
    expect(records[0]?.['source_ip']).toBe('203.0.113.9');
    const gaps = await service.query('SELECT count(*)::int AS n, max(seq)::int AS last FROM audit_records');
    expect(gaps[0]?.['n']).toBe(gaps[0]?.['last']);
  });

  it('leaves a record of what comes to no route, once for each kind from one address', async () => {
    const recorded = async (): Promise<unknown[]> =>
      (
        await service.query(
          `SELECT result, details FROM audit_records WHERE action = 'request.unknown' AND details ->> 'count' IS NULL ORDER BY seq`,
        )
      ).map(({ result, details }) => {
        const { method, path, status } = details as Record<string, unknown>;
        return [result, method ?? status, path];
      });
    for (let i = 0; i < 3; i += 1) {
      await service.client.get('/nothing/here?token=secret');
      await service.client.send('PUT', '/backups');
      await service.client.send('OPTIONS', '/backups');
      expect((await service.client.send('PATCH', '/%E0%A4%A')).status).toBe(400);
      await fetch(`${service.url}/favicon.ico`);
      // The console is no route, and leaves none.
      await fetch(`${service.url}/`);
    }
    const { hostname, port } = new URL(service.url);
    const answers = await Promise.all(
      [`Authorization: Bearer ${'a'.repeat(20_000)}`, 'no header at all'].map(async (line) => {
        const socket = connect(Number(port), hostname).setEncoding('utf8');
        socket.on('error', () => undefined);
        socket.write(`GET /api/backups HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`);
        let text = '';
        for await (const chunk of socket as AsyncIterable<string>) text += chunk;
        return text;
      }),
    );
    for (const [i, status] of [431, 400].entries()) {
      const [head = '', body = ''] = (answers[i] ?? '').split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      const { error } = JSON.parse(body) as { error: Record<string, string> };
      expect(error).toMatchObject({ code: 'backups.invalid_request', i18n_key: 'backups.error.invalidRequest' });
      expect(head).toContain(`X-Request-Id: ${error['request_id'] ?? '?'}`);
    }
    await service.app.get(StrangerRecords).closeAll();
    // By address and code alone: a path or a method that a stranger invents makes no further record.
    expect(await recorded()).toEqual([
      ['not_found', 'GET', '/api/nothing/here'],
      ['failed', 'PATCH', '/api/%E0%A4%A'],
      ['failed', 431, undefined],
      ['failed', 400, undefined],
    ]);
    const counted = await service.query(
      `SELECT details ->> 'count' AS n FROM audit_records WHERE action = 'request.unknown' AND details ->> 'count' IS NOT NULL ORDER BY seq`,
    );
    expect(counted).toEqual([{ n: '11' }, { n: '2' }]);
  });

  it('leaves records that say of what and what has changed', async () => {
    const client = new JsonClient(service.url, await service.token('superadmin', 'details'));
    const backup = await client.backUp();
    const file = await (await client.fetch('GET', `/backups/${backup.id}/download`)).blob();
    await client.send('PATCH', `/backups/${backup.id}`, '{"label":"x"}');
    await client.delete(`/backups/${backup.id}`);
    const form = new FormData();
    form.append('file', file, 'again.bscc');
    const imported = await fetch(`${service.url}/api/backups/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await service.token('superadmin', 'details')}` },
      body: form,
    });
    const { item } = (await imported.json()) as { item: { id: number } };
    await client.send('POST', '/backups/restores/77/cancel', '{}');
    const records = await service.query(
      `SELECT action, result, resource, details FROM audit_records
        WHERE (actor = 'details' AND action <> 'backups.read' AND action <> 'backups.download') OR details ->> 'checksum' = $1 ORDER BY seq`,
      [backup.checksum],
    );
    expect(records).toMatchObject([
      { action: 'backups.create', result: 'queued', details: { actor_id: 'details', backup_id: backup.id } },
      { action: 'backups.create', result: 'success', details: { backup_id: backup.id, filename: backup.filename } },
      { action: 'backups.update', resource: `backup/${backup.id}`, details: { changed: { label: 'x' } } },
      { action: 'backups.delete', details: { filename: backup.filename, checksum: backup.checksum } },
      {
        action: 'backups.import',
        details: { backup_id: item.id, checksum: backup.checksum, origin_filename: 'again.bscc', is_new: true },
      },
      { action: 'backups.cancel', result: 'not_found', resource: 'restore/77' },
    ]);
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
      details: { actor_id: 'root', bytes_sent: backup.size_bytes, bytes_total: backup.size_bytes },
    });
  });
});
