import { decodeJwt } from 'jose';
import { StrangerRecords } from '../../src/audit/stranger-records';
import { startTestService, type TestService } from '../support/app';
import { type OpenIdServer, openIdServer } from '../support/openid-provider';
import { PageVisitor } from '../support/page-visitor';

const CONSOLE = 'http://backups.test';

/** A person signs in at a real OpenID provider, and what can go wrong on the way does. */
describe('signing in at an OpenID provider', () => {
  let provider: OpenIdServer;
  let service: TestService;

  beforeAll(async () => {
    provider = await openIdServer(CONSOLE);
    service = await startTestService({ environment: provider.environment });
  });
  afterAll(async () => {
    await service.stop();
    await provider.stop();
  });

  const visitor = (): PageVisitor => new PageVisitor({ [CONSOLE]: service.url });
  const isCallback = (url: string): boolean => url.startsWith(`${CONSOLE}/api/auth/callback?`);
  const signInUrl = (query = ''): string => `${CONSOLE}/api/auth/sign-in${query}`;

  /** From the way to the provider to the address to which it sends the browser back. */
  const logIn = async (browser: PageVisitor, start: string, login = 'olha'): Promise<string> => {
    const form = await browser.go(start);
    if (!form.url.includes('/interaction/')) throw new Error(await form.response?.text());
    const body = new URLSearchParams({ prompt: 'login', login, password: 'x' });
    const { url } = await browser.go(form.url, { init: { method: 'POST', body }, stopBefore: isCallback });
    expect(url).toMatch(/\/api\/auth\/callback\?code=/);
    return url;
  };

  /** Where a browser is sent by the callback, with what it has then. */
  const comeBack = async (browser: PageVisitor, url: string): Promise<{ to: string | null; cookies: string[] }> => {
    const response = await browser.step(url);
    expect(response.status).toBe(302);
    return { to: response.headers.get('location'), cookies: browser.cookieNames(CONSOLE).sort() };
  };
  const failed = (code: string) => ({ to: `/#/sign-in?error=${code}`, cookies: [] });
  const SIGNED_IN = ['berkut_csrf', 'berkut_id_token', 'berkut_session'];

  const records = async (): Promise<unknown[]> => {
    await service.app.get(StrangerRecords).written();
    return service.query(
      `SELECT actor, action, result, details ->> 'error_code' AS code, details ->> 'reason' AS reason FROM audit_records WHERE action LIKE 'auth.%' ORDER BY seq`,
    );
  };

  it('ends in a session, at the view where it began, and at both ends when it is ended', async () => {
    expect((await service.client.withoutToken().get('/auth/options')).body).toMatchObject({ sign_in: 'openid' });
    const browser = visitor();
    const callback = await logIn(browser, signInUrl('?return_to=%23%2Fbackups%3Fq%3Dweekly'));
    expect(await comeBack(browser, callback)).toEqual({ to: '/#/backups?q=weekly', cookies: SIGNED_IN });

    const me = await browser.step(`${CONSOLE}/api/auth/me`);
    const { csrf_token: csrf, ...who } = (await me.json()) as { csrf_token: string };
    expect(who).toMatchObject({ user: { id: 'olha', roles: ['backup_operator'] } });
    expect(await records()).toEqual(
      expect.arrayContaining([
        { actor: 'anonymous', action: 'auth.sign_in', result: 'success', code: null, reason: null },
        { actor: 'olha', action: 'auth.session.create', result: 'success', code: null, reason: null },
      ]),
    );

    // The provider knows the person, and asks again only when it is told to.
    const again = await browser.go(signInUrl(), { stopBefore: isCallback });
    expect(again.url).toMatch(/callback\?code=/);
    expect((await browser.go(signInUrl('?prompt=login'))).url).toContain('/interaction/');
    await comeBack(browser, (await browser.go(signInUrl(), { stopBefore: isCallback })).url);

    const { csrf_token: newest } = (await (await browser.step(`${CONSOLE}/api/auth/me`)).json()) as typeof me & {
      csrf_token: string;
    };
    expect(newest).not.toBe(csrf);
    const ended = await browser.step(`${CONSOLE}/api/auth/session`, {
      method: 'DELETE',
      headers: { 'X-CSRF-Token': newest },
    });
    const { end_session_url: endUrl = '' } = (await ended.json()) as { end_session_url?: string };
    expect(endUrl).toBe(`${CONSOLE}/api/auth/end-session`);
    expect(browser.cookieNames(CONSOLE)).toEqual(['berkut_id_token']);
    const atProvider = (await browser.step(endUrl)).headers.get('location') ?? '';
    expect(browser.cookieNames(CONSOLE)).toEqual([]);
    const { searchParams: end } = new URL(atProvider);
    expect(decodeJwt(end.get('id_token_hint') ?? '')).toMatchObject({ sub: 'olha', aud: 'console' });
    const asked = await browser.go(atProvider);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec((await asked.response?.text()) ?? '')?.[1] ?? '';
    const left = await browser.go(`${provider.issuer}/session/end/confirm`, {
      init: { method: 'POST', body: new URLSearchParams({ xsrf, logout: 'yes' }) },
      stopBefore: (url) => url.startsWith(CONSOLE),
    });
    expect(left.url).toBe(`${CONSOLE}/`);
    expect((await browser.go(signInUrl())).url).toContain('/interaction/');
  });

  it('has its own secrets in no record, and its cookie on the way is for this host alone and no script', async () => {
    const browser = visitor();
    const begun = await browser.step(signInUrl(), { headers: { 'X-Forwarded-Proto': 'https' } });
    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-berkut_sign_in=[\w-]+; Max-Age=600; Path=\/;.*HttpOnly; Secure; SameSite=Lax$/),
    ]);
    const to = new URL(begun.headers.get('location') ?? '');
    expect(Object.fromEntries(to.searchParams)).toMatchObject({
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${CONSOLE}/api/auth/callback`,
      code_challenge_method: 'S256',
      audience: 'berkut-backups',
    });
    const callback = await logIn(browser, signInUrl());
    const cookies = (await browser.step(callback)).headers.getSetCookie();
    expect(cookies).toContainEqual(
      expect.stringMatching(/^berkut_id_token=[\w-]+; Path=\/api\/auth\/end-session;.*HttpOnly; SameSite=Strict$/),
    );
    const session = /berkut_session=([^;]+)/.exec(browser.cookieHeader(CONSOLE))?.[1] ?? '';
    expect(session).toMatch(/^ey/);
    const log = JSON.stringify(await service.query('SELECT * FROM audit_records'));
    const { code = '', state = '' } = Object.fromEntries(new URL(callback).searchParams);
    for (const secret of [session, code, state, to.searchParams.get('nonce') ?? '']) {
      expect([secret.length > 20, log.includes(secret)]).toEqual([true, false]);
    }
  });

  it('is nothing for a person without a role here, and the record says who it was', async () => {
    const browser = visitor();
    const callback = await logIn(browser, signInUrl(), 'guest');
    expect(await comeBack(browser, callback)).toEqual(failed('auth.no_role'));
    expect(await records()).toContainEqual({
      ...{ actor: 'guest', action: 'auth.session.create', result: 'denied' },
      ...{ code: 'auth.no_role', reason: 'no_role' },
    });
  });

  /** The address of the provider with one parameter changed, as a hostile or broken page on the way would. */
  const withChanged = async (browser: PageVisitor, name: string, value: string): Promise<string> => {
    const begun = await browser.step(signInUrl());
    const url = new URL(begun.headers.get('location') ?? '');
    url.searchParams.set(name, value);
    return url.href;
  };
  const changed = (url: string, name: string, value: string): string => {
    const address = new URL(url);
    address.searchParams.set(name, value);
    return address.href;
  };

  it.each<[string, string, string, (browser: PageVisitor) => Promise<string>]>([
    [
      'another nonce',
      'auth.unauthorized',
      'jwt_claim_comparison_failed',
      async (browser) => logIn(browser, await withChanged(browser, 'nonce', 'another')),
    ],
    [
      'another code challenge',
      'auth.provider_refused',
      'invalid_grant',
      async (browser) =>
        logIn(browser, await withChanged(browser, 'code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')),
    ],
    [
      'another state',
      'auth.sign_in_expired',
      'state',
      async (browser) => changed(await logIn(browser, signInUrl()), 'state', 'another'),
    ],
    [
      'another issuer in the answer',
      'auth.unauthorized',
      'invalid_response',
      async (browser) => changed(await logIn(browser, signInUrl()), 'iss', 'https://evil.example'),
    ],
    [
      'another code',
      'auth.provider_refused',
      'invalid_grant',
      async (browser) => changed(await logIn(browser, signInUrl()), 'code', 'another'),
    ],
    ['no cookie', 'auth.sign_in_expired', 'no_cookie', async () => logIn(visitor(), signInUrl())],
    [
      'a refusal of the provider',
      'auth.provider_refused',
      'access_denied',
      async (browser) => {
        const callback = new URL(await logIn(browser, signInUrl()));
        callback.searchParams.delete('code');
        callback.searchParams.set('error', 'access_denied');
        return callback.href;
      },
    ],
    [
      'an error that no provider has',
      'auth.provider_refused',
      'other',
      async (browser) => {
        const callback = new URL(await logIn(browser, signInUrl()));
        callback.searchParams.delete('code');
        callback.searchParams.set('error', '<script>');
        return callback.href;
      },
    ],
  ])('fails with %s, and page and record say how', async (_, code, reason, way) => {
    const browser = visitor();
    expect(await comeBack(browser, await way(browser))).toEqual(failed(code));
    expect(await records()).toContainEqual(
      expect.objectContaining({ actor: 'anonymous', action: 'auth.session.create', code, reason }) as object,
    );
  });

  it('is over once it has ended: the same answer of the provider begins no second session', async () => {
    const browser = visitor();
    const callback = await logIn(browser, signInUrl());
    const Cookie = browser.cookieHeader(CONSOLE);
    expect((await comeBack(browser, callback)).cookies).toEqual(SIGNED_IN);
    const replayed = await visitor().step(callback);
    expect(replayed.headers.get('location')).toBe('/#/sign-in?error=auth.sign_in_expired');
    const withCookie = await fetch(callback.replace(CONSOLE, service.url), { headers: { Cookie }, redirect: 'manual' });
    expect(withCookie.headers.get('location')).toBe('/#/sign-in?error=auth.provider_refused');
    expect(withCookie.headers.getSetCookie()).toEqual([expect.stringMatching(/^berkut_sign_in=;/)]);
  });

  it.each(['https://evil.example', '//evil.example', '/\\evil.example', '/', '#', '#/a\nb', '#/<b>', 'javascript:x'])(
    'does not lead to %j afterwards',
    async (place) => {
      const { status, headers } = await visitor().step(signInUrl(`?return_to=${encodeURIComponent(place)}`));
      expect([status, headers.get('location')]).toEqual([400, null]);
    },
  );

  it('fails with a token that only the provider can read', async () => {
    const browser = visitor();
    const callback = await logIn(browser, signInUrl());
    provider.givesJwts = false;
    try {
      expect(await comeBack(browser, callback)).toEqual(failed('auth.unauthorized'));
      expect(await records()).toContainEqual(expect.objectContaining({ reason: 'opaque' }) as object);
    } finally {
      provider.givesJwts = true;
    }
  });

  it('fails soon while the provider is away, and those who have a session go on', async () => {
    const [one, other] = [visitor(), visitor()];
    await comeBack(one, await logIn(one, signInUrl()));
    const callback = await logIn(other, signInUrl());
    await provider.stop();
    expect(await comeBack(other, callback)).toEqual(failed('auth.provider_unavailable'));
    expect((await one.step(`${CONSOLE}/api/auth/me`)).status).toBe(200);
  });
});
