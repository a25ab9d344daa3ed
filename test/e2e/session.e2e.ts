import { startTestService, type TestService } from '../support/app';

interface Me {
  user: { id: string; username: string; roles: string[]; permissions: string[]; password_set: boolean };
  csrf_token: string;
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
    });
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

  it('can end its session, and cannot make one of a cookie', async () => {
    expect((await send('POST', '/auth/session', { 'X-CSRF-Token': csrf })).status).toBe(401);
    const ended = await send('DELETE', '/auth/session', { 'X-CSRF-Token': csrf });
    expect([ended.status, ended.body]).toEqual([200, { ok: true }]);
    expect(ended.headers.getSetCookie().every((cookie) => cookie.includes('Expires=Thu, 01 Jan 1970'))).toBe(true);
  });
});
