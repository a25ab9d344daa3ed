import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';
import { type OpenIdServer, openIdServer } from '../support/openid-provider';

/** Longer than any step takes on a machine that is busy with other tests. */
const STEP_MS = 120_000;
const CONSOLE = 'http://backups.test';

/** All of it by the browser: the console and the provider are two sites, as they are in an installation. */
describe('signing in at an OpenID provider with the console', () => {
  let provider: OpenIdServer;
  let service: TestService;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    provider = await openIdServer(CONSOLE);
    service = await startTestService({ environment: provider.environment });
    const place = new URL(service.url).host;
    browser = await chromium.launch({
      executablePath: await findChromium(),
      args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=MAP backups.test:80 ${place}`],
    });
  });
  beforeEach(async () => {
    context = await browser.newContext({ locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser.close();
    await service.stop();
    await provider.stop();
  });

  const logIn = async (name: string): Promise<void> => {
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('x');
    await page.locator('button[type=submit]').click();
  };

  it('comes back to the view where it began, and ends the session at both ends', async () => {
    await page.goto(`${CONSOLE}/#/plan`);
    await page.getByRole('link', { name: 'Sign in with your account' }).click();
    await logIn('olha');
    await page.getByRole('heading', { name: 'Plan', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/plan');
    // No script can read either token, and nothing of them is in the storage.
    const { cookies, origins } = await context.storageState();
    const own = cookies.filter(({ domain }) => domain === 'backups.test');
    expect(own.map(({ name, httpOnly, path }) => [name, httpOnly, path]).sort()).toEqual([
      ['berkut_csrf', false, '/'],
      ['berkut_id_token', true, '/api/auth/end-session'],
      ['berkut_session', true, '/'],
    ]);
    expect(JSON.stringify(origins)).not.toContain('eyJ');

    await page.locator('.account summary').click();
    const asked = page.waitForRequest((request) => request.url().startsWith(`${provider.issuer}/session/end?`));
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(new URL((await asked).url()).searchParams.get('id_token_hint')).toMatch(/^eyJ/);
    await page.getByRole('button', { name: /sign me out/i }).click();
    await page.waitForURL(`${CONSOLE}/`);
    await page.getByRole('link', { name: 'Sign in with your account' }).waitFor();
    expect((await context.cookies(CONSOLE)).map(({ name }) => name)).toEqual([]);
    // The provider does not know the person any more.
    await page.getByRole('link', { name: 'Sign in with your account' }).click();
    await page.locator('input[name=login]').waitFor();
  });

  it('tells a person without a role so, who then can take another account', async () => {
    await page.goto(`${CONSOLE}/`);
    await page.getByRole('link', { name: 'Sign in with your account' }).click();
    await logIn('guest');
    await page.getByText('Your account has no role for backups.').waitFor();
    expect((await context.cookies(CONSOLE)).map(({ name }) => name)).toEqual([]);
    await page.getByRole('link', { name: 'Sign in with another account' }).click();
    await logIn('olha');
    await page.getByRole('heading', { name: 'Overview', exact: true }).waitFor();
  });
});
