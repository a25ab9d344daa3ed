import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { consoleDirectory } from '../../src/console/console-files';
import { OneTimeCodes } from '../../src/kernel/access/one-time-codes';
import { accessibilityFaults } from '../support/accessibility';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';
import { eventually } from '../support/eventually';
import { keepPictures } from '../support/pictures';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { type ToolWrapper, wrapTools } from '../support/tool-wrapper';

/** Longer than any step takes on a machine that is busy with other tests. */
const STEP_MS = 120_000;
const BUNDLE_BYTES = 120_000;

it('has a console of at most 120 kB, compressed', async () => {
  const names = await readdir(consoleDirectory(), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(file)).length));
  expect(files.length).toBeGreaterThan(2);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUNDLE_BYTES);
});

describe('the console', () => {
  let service: TestService;
  let tools: ToolWrapper;
  let scopes: string;
  let wire: TcpProxy;
  let origin: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** Broken rules of the page's policy, errors of scripts, and addresses elsewhere. */
  const wrong: string[] = [];
  beforeAll(async () => {
    tools = await wrapTools();
    scopes = await mkdtemp(join(tmpdir(), 'berkut-scopes-'));
    await writeFile(join(scopes, 'scopes.json'), JSON.stringify({ incidents: ['incidents'], field_reports: ['docs'] }));
    service = await startTestService({
      demo: true,
      environment: {
        BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin,
        BERKUT_BACKUP_SCOPES_FILE: join(scopes, 'scopes.json'),
      },
    });
    wire = await tcpProxy(service.url);
    origin = new URL(wire.url).origin;
    browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
    context = await browser.newContext({ acceptDownloads: true, locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (message) => {
      // The service alone knows whether a cron expression is right, and answers the preview of a wrong one with 400.
      const isPreview = message.location().url.includes('/plan/preview');
      const expected = isPreview ? /status of 400 / : /status of 401 |net::ERR_/;
      if (message.type() === 'error' && !expected.test(message.text())) wrong.push(message.text());
    });
    page.on('request', (request) => {
      const asked = new URL(request.url());
      if (asked.origin !== origin && !['data:', 'blob:'].includes(asked.protocol)) wrong.push(request.url());
    });
  });
  afterAll(async () => {
    await browser.close();
    await wire.become('closed');
    await tools.remove();
    await service.stop();
    await rm(scopes, { recursive: true });
  });

  const button = (name: string): Locator => page.getByRole('button', { name });
  const shown = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const answers = (text: string): Promise<void> =>
    page.getByRole('region', { name: 'Am I safe?' }).getByText(text).waitFor();
  const goTo = (name: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name }).click();
  const signIn = async (token: string): Promise<void> => {
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };

  it('signs in by the address that a trial prints, once', async () => {
    const code = service.app.get(OneTimeCodes).issue(await service.token('admin', 'Oksana'));
    await page.goto(`${origin}/#/sign-in?code=${code}`);
    await page.getByRole('heading', { name: 'Overview', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/');
    await context.clearCookies();
    await page.goto('about:blank');
    await page.goto(`${origin}/#/sign-in?code=${code}`);
    await shown('The code was not accepted.');
    expect(page.url()).not.toContain(code);
    await page.goto('about:blank');
  });

  it('signs in with a token, and keeps nothing of it', async () => {
    await page.goto(`${origin}/#/plan`);
    await shown('See whether your backups can be trusted');
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepPictures(page, 'sign-in');
    await signIn('not a token');
    await shown('This token was not accepted.');
    const token = await service.token('admin', 'Oksana');
    await signIn(token);
    await page.getByRole('heading', { name: 'Plan', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/plan');
    const { origins, cookies } = await context.storageState();
    expect(JSON.stringify(origins)).not.toContain(token.slice(0, 20));
    expect(cookies.filter(({ value }) => value === token).map(({ httpOnly }) => httpOnly)).toEqual([true]);
  });

  it('answers in one sentence whether one is safe', async () => {
    await goTo('Overview');
    await answers('No: no backup of the whole database was made here yet.');
    await service.client.backUp();
    await page.reload();
    await answers('Not proven: there are backups, but none was ever restored for a test.');
    expect(await accessibilityFaults(page)).toEqual([]);
    await button('Test a restore now').click();
    await page.waitForURL(/#\/restores\/1$/);
    await service.idle();
    await goTo('Overview');
    await answers('Yes: the backups can be restored, but none is made automatically.');
    await service.client.send('PUT', '/backups/plan', JSON.stringify({ enabled: true }));
    await page.reload();
    await answers('Yes: the backups can be restored.');
    await shown(
      /^A restore was last proven .*; it takes about .*; the newest backup was made .*; the next one is due /,
    );
    for (const picture of [/^Calendar of 90 days/, /^Size and rows of backups/, /^Duration of backups/])
      await page.getByRole('img', { name: picture }).waitFor();
    await page
      .getByRole('region', { name: 'Room in the storages' })
      .getByText(/Backups: .* · 1 file · /)
      .waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await keepPictures(page, 'overview');
  });

  it('shows what a plan leads to before it is saved, and which field is wrong', async () => {
    await goTo('Plan');
    await shown('As saved.');
    await page.getByLabel('Days for which each backup stays').fill('0');
    await shown('A whole number from 1 to 3650.');
    await page.getByLabel('Days for which each backup stays').fill('14');
    await page.getByLabel('How often').selectOption('cron');
    await page.getByLabel('Cron expression').fill('@daily');
    await shown('This is not a cron expression with five fields');
    await page.getByLabel('Cron expression').fill('45 3 * * *');
    await shown('With your changes, which are not saved.');
    await page.getByRole('listitem').filter({ hasText: '03:45' }).first().waitFor();
    await keepPictures(page, 'plan');
    expect(await accessibilityFaults(page)).toEqual([]);
    await button('Save the plan').click();
    await shown('As saved.');
    const { body } = await service.client.get('/backups/plan');
    expect(body).toMatchObject({ item: { cron_expression: '45 3 * * *', retention_days: 14, enabled: true } });
  });

  it('searches, verifies and exports the audit log', async () => {
    await goTo('Audit');
    await page.getByRole('cell', { name: 'backups.plan.update' }).first().waitFor();
    await page.getByLabel('Who').fill('nobody');
    await button('Search').click();
    await shown('No record matches.');
    await page.getByLabel('Who').fill('Oksana');
    await page.getByLabel('Action').fill('backups.integrity.run');
    await button('Search').click();
    await page.getByRole('cell', { name: 'backups.integrity.run' }).waitFor();
    // A time without its zone means another moment to a person elsewhere.
    await page
      .getByRole('cell', { name: /, \d\d:\d\d [A-Z]/ })
      .first()
      .waitFor();
    await button('Verify the chain').click();
    await shown(/The chain is whole: \d+ records/);
    await keepPictures(page, 'audit');
    expect(await accessibilityFaults(page)).toEqual([]);
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export as CSV').click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect([lines.length, lines[0]]).toEqual([2, expect.stringMatching(/^seq,at,actor,/)]);
  });

  it('offers the scopes of the installation, and no files where there are none', async () => {
    await goTo('Backups');
    await button('Make a backup').click();
    await page.getByLabel('Some scopes').check();
    await page.getByRole('checkbox', { name: 'field_reports' }).check();
    const boxes = page.getByRole('group', { name: 'Some scopes' }).locator('label');
    expect(await boxes.allInnerTexts()).toEqual(['Incidents', 'field_reports']);
    expect(await page.getByLabel('Application files, too').count()).toBe(0);
    await button('Start the backup').click();
    await page.getByRole('link', { name: 'Download' }).waitFor();
    await shown('field_reports');
  });

  it('says that a stream is broken, and goes on with it', async () => {
    await tools.hold();
    const { body } = await service.client.post('/backups', { label: 'watched' });
    await tools.held();
    await page.goto(`${origin}/#/backups/${body.artifact.id}`);
    await shown('Live');
    await wire.become('closed');
    await shown('The connection was lost.');
    await wire.become('open');
    await shown('Live');
    await tools.release();
    await service.idle();
    await page.getByText('The connection was lost.').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Download' }).waitFor();
  });

  it('says in a view that asks for nothing that the service is away, and shows it anew when it is back', async () => {
    await goTo('Backups');
    await page.getByRole('link', { name: 'watched' }).waitFor();
    await wire.become('closed');
    await shown('What you see is older than');
    await service.client.send('PATCH', '/backups/1', JSON.stringify({ label: 'renamed meanwhile' }));
    await wire.become('open');
    await page.getByText('What you see is older than').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'renamed meanwhile' }).waitFor();
  });

  it('says that the session has ended, and comes back after the sign-in', async () => {
    await goTo('Audit');
    await page.getByRole('cell', { name: 'backups.plan.update' }).first().waitFor();
    await context.clearCookies();
    await button('Verify the chain').click();
    await shown('Your session has ended.');
    await signIn(await service.token('auditor', 'Taras'));
    await page.getByRole('heading', { name: 'Audit', exact: true }).waitFor();
    await goTo('Plan');
    await shown('Your roles allow you to see the plan, but not to change it.');
    expect(await button('Save the plan').count()).toBe(0);
  });

  it('speaks Russian, remembers it, and signs out', async () => {
    await page.locator('.account summary').click();
    await page.getByLabel('Language').selectOption('ru');
    await page.getByRole('heading', { name: 'План', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'План', exact: true }).waitFor();
    await page.locator('.account summary').click();
    await button('Выйти').click();
    await shown('Вы вышли.');
    await eventually(async () => (await context.cookies()).length === 0);
    expect(wrong).toEqual([]);
  });

  it('asks nothing that is refused for a person who may see nothing', async () => {
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() === 403) refused.push(response.url());
    });
    await page.evaluate(`localStorage.setItem('berkut.language', 'en')`);
    await page.goto('about:blank');
    await page.goto(`${origin}/`);
    await signIn(await service.token('viewer', 'Stepan'));
    await shown('Your roles do not allow this view');
    await page.reload();
    await shown('Your roles do not allow this view');
    const { body } = await service.client.get('/audit?actor=Stepan&result=denied');
    expect([refused, body.items]).toEqual([[], []]);
  });
});
