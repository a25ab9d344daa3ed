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
        'X-Forwarded-Proto': 'https',
      },
    });
    expect(response.status).toBe(201);
    const set = response.headers.getSetCookie();
    expect(set).toHaveLength(2);
    for (const cookie of set) expect(cookie).toMatch(/Path=\/; Expires=[^;]+;.*Secure.*SameSite=Strict/);
    expect(set.filter((cookie) => cookie.includes('HttpOnly'))).toEqual([expect.stringMatching(/^berkut_session=/)]);
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

  it('can end its session, and cannot make one of a cookie', async () => {
    expect((await send('POST', '/auth/session', { 'X-CSRF-Token': csrf })).status).toBe(401);
    const ended = await send('DELETE', '/auth/session', { 'X-CSRF-Token': csrf });
    expect([ended.status, ended.body]).toEqual([200, { ok: true }]);
    expect(ended.headers.getSetCookie().every((cookie) => cookie.includes('Expires=Thu, 01 Jan 1970'))).toBe(true);
  });
});
