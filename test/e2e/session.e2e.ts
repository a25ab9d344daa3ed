import { signToken } from '../../src/cli/tokens/sign-token';
import { OneTimeCodes } from '../../src/kernel/access/one-time-codes';
import { startTestService, type TestService } from '../support/app';
import { TEST_SECRET } from '../support/test-environment';
import { JsonClient } from '../support/json-client';

interface Me {
  user: { id: string; username: string; roles: string[]; permissions: string[]; password_set: boolean };
  csrf_token: string;
  expires_at: string;
}

describe('a page with cookies', () => {
  let service: TestService;
  let cookies: string;
  let csrf: string;
  beforeAll(async () => {
    service = await startTestService();
    const response = await fetch(`${service.url}/api/auth/session`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${await service.token('backup_operator', 'Ольга')}`,
        // Of two proxies: the client's own connection is the first.
        'X-Forwarded-Proto': 'https,http',
      },
    });
    expect(response.status).toBe(201);
    const set = response.headers.getSetCookie();
    expect(set).toHaveLength(2);
    for (const cookie of set) expect(cookie).toMatch(/Path=\/; Expires=[^;]+;.*Secure.*SameSite=Strict/);
    expect(set.filter((cookie) => cookie.includes('HttpOnly'))).toEqual([
      expect.stringMatching(/^__Host-berkut_session=/),
    ]);
    cookies = set.map((cookie) => cookie.split(';')[0] ?? '').join('; ');
    csrf = /berkut_csrf=([^;]+)/.exec(cookies)?.[1] ?? '';
    expect(((await response.json()) as Me).csrf_token).toBe(csrf);
  });
  afterAll(() => service.stop());
  const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    service.client.withoutToken().send(method, path, body, { Cookie: cookies, ...headers });

  it('is known, reads without more, and downloads by plain navigation', async () => {
    const me = await service.client.withoutToken().send<Me>('GET', '/auth/me', undefined, { Cookie: cookies });
    expect(me.body).toEqual({
      user: {
        id: 'Ольга',
        username: 'Ольга',
        roles: ['backup_operator'],
        permissions: expect.arrayContaining(['backups.create']) as unknown,
        password_set: true,
      },
      csrf_token: csrf,
      expires_at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
    });
    // That of the token, not of the cookie alone.
    expect(Date.parse(me.body.expires_at) - Date.now()).toBeGreaterThan(3000_000);
    const backup = await service.client.backUp();
    expect((await send('GET', `/backups/${backup.id}/download`)).status).toBe(200);
  });

  it('changes things only with the token of its own session', async () => {
    const other = await fetch(`${service.url}/api/auth/me`, {
      headers: { Authorization: `Bearer ${await service.token('admin')}` },
    });
    const foreign = ((await other.json()) as Me).csrf_token;
    for (const given of [undefined, '', 'x', foreign, `${csrf}x`]) {
      const answer = await send('POST', '/backups', given === undefined ? {} : { 'X-CSRF-Token': given }, '{}');
      expect([given, answer.status, answer.body.error.code]).toEqual([given, 403, 'auth.csrf_invalid']);
    }
    expect(
      (await send('POST', '/backups/import', { 'Content-Type': 'multipart/form-data; boundary=b' }, '--b--')).body.error
        .code,
    ).toBe('auth.csrf_invalid');
    expect((await send('POST', '/backups', { 'X-CSRF-Token': csrf }, '{}')).status).toBe(202);
    await service.idle();
  });

  it('asks for a valid session before it asks for the token', async () => {
    const answer = await service.client
      .withoutToken()
      .send('POST', '/backups', '{}', { Cookie: 'berkut_session=abc; berkut_csrf=abc', 'X-CSRF-Token': 'abc' });
    expect([answer.status, answer.body.error.code]).toEqual([401, 'auth.unauthorized']);
  });

  it('is refused with two sessions, of whatever name, and in whatever header', async () => {
    const token = await service.token('admin');
    for (const Cookie of [
      `berkut_session=${token}; berkut_session=${token}`,
      `berkut_session=${token}; __Host-berkut_session=${token}`,
      `${cookies}; berkut_session=x`,
    ]) {
      const answer = await service.client.withoutToken().send('GET', '/auth/me', undefined, { Cookie });
      expect([answer.status, answer.body.error.code]).toEqual([401, 'auth.unauthorized']);
    }
    const begun = await fetch(`${service.url}/api/auth/session`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, Cookie: 'berkut_session=old', 'X-Forwarded-Proto': 'https' },
    });
    expect(begun.headers.getSetCookie()).toContainEqual(
      expect.stringMatching(/^berkut_session=;.*Expires=Thu, 01 Jan 1970/),
    );
  });

  it.each([
    [{ 'X-Forwarded-Proto': 'HTTPS' }, true],
    [{ 'X-Forwarded-Proto': 'http,https' }, false],
    [{ 'X-Forwarded-Proto': 'http' }, false],
    [{ Forwarded: 'for=192.0.2.1;proto=https, for=10.0.0.1;proto=http' }, true],
    [{}, false],
  ])('has cookies for TLS alone where its own connection has TLS: %j', async (headers, isSecure) => {
    const response = await fetch(`${service.url}/api/auth/session`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await service.token('admin')}`, ...headers },
    });
    const [session = '', readable = ''] = response.headers.getSetCookie();
    expect(session.startsWith(isSecure ? '__Host-berkut_session=' : 'berkut_session=')).toBe(true);
    expect([session.includes('; Secure'), readable.includes('; Secure')]).toEqual([isSecure, isSecure]);
    expect(readable).toMatch(/^berkut_csrf=/);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  describe('that has a one-time code', () => {
    const codes = (): OneTimeCodes => service.app.get(OneTimeCodes);
    const redeem = (code: string, headers: Record<string, string> = {}) =>
      service.client.withoutToken().send<Me>('POST', '/auth/session', JSON.stringify({ one_time_code: code }), headers);
    const isOffered = async (): Promise<unknown> =>
      (await service.client.withoutToken().get<{ one_time_code: boolean }>('/auth/options')).body.one_time_code;

    it('signs in by it once, even in a browser with an old session, and two at once share no code', async () => {
      const code = codes().issue(await service.token('superadmin', 'admin'));
      expect(await isOffered()).toBe(true);
      for (const wrong of ['', 'x', `${code}x`, code.slice(1)]) expect((await redeem(wrong)).status).toBe(401);
      const answers = await Promise.all([redeem(code, { Cookie: 'berkut_session=old' }), redeem(code)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 401]);
      const good = answers.find(({ status }) => status === 201);
      expect(good?.body.user).toMatchObject({ id: 'admin', roles: ['superadmin'] });
      expect(good?.headers.getSetCookie()[0]).toMatch(/^berkut_session=ey.*HttpOnly/);
      expect((await redeem(code)).status).toBe(401);
      expect(await isOffered()).toBe(false);
      const records = await service.query(
        `SELECT actor, result, details->>'check' AS "check" FROM audit_records WHERE action IN ('auth.session.create', 'auth.denied') ORDER BY seq DESC LIMIT 20`,
      );
      expect(records).toContainEqual({ actor: 'admin', result: 'success', check: null });
      expect(records).toContainEqual({ actor: 'anonymous', result: 'denied', check: 'one_time_code' });
      expect(JSON.stringify(await service.query('SELECT details FROM audit_records'))).not.toContain(code);
    });

    it('is refused a token that no browser would keep', async () => {
      const roles = Array.from({ length: 60 }, (_, i) => `role-${i}-${'r'.repeat(50)}`);
      const long = await signToken(
        { name: 'admin', roles, ttlSeconds: 60 },
        { secret: new TextEncoder().encode(TEST_SECRET) },
        new Date(),
      );
      const answer = await new JsonClient(service.url, long).send('POST', '/auth/session');
      expect([answer.status, answer.body.error.code]).toEqual([400, 'backups.invalid_request']);
      expect(answer.body.error.details).toEqual({ hint: expect.stringContaining('no browser keeps') as unknown });
    });
  });

  it('can end its session, and cannot make one of a cookie', async () => {
    expect((await send('POST', '/auth/session', { 'X-CSRF-Token': csrf })).status).toBe(401);
    const ended = await send('DELETE', '/auth/session', { 'X-CSRF-Token': csrf });
    expect([ended.status, ended.body]).toEqual([200, { ok: true }]);
    expect(ended.headers.getSetCookie().every((cookie) => cookie.includes('Expires=Thu, 01 Jan 1970'))).toBe(true);
  });
});
