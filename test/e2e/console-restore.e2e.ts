import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { accessibilityFaults } from '../support/accessibility';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';
import { withClient } from '../support/cluster';
import { cuttingProxy } from '../support/cutting-proxy';
import { isLong, itLong } from '../support/form';
import { keepPictures } from '../support/pictures';
import { tcpProxy } from '../support/tcp-proxy';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

/** Longer than any step takes on a machine that is busy with other tests. */
const STEP_MS = 120_000;

describe('the console', () => {
  let service: TestService;
  let tools: ToolWrapper;
  let browser: Browser;
  let page: Page;
  /** What went wrong in the page, refusals and maintenance excepted. */
  const wrong: string[] = [];
  beforeAll(async () => {
    tools = await wrapTools();
    service = await startTestService({ demo: true, environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin } });
    browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
    page = await signedIn(service.url, 'admin');
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (?:400|503) /.test(message.text())) wrong.push(message.text());
    });
  });
  afterAll(async () => {
    await browser.close();
    await tools.remove();
    await service.stop();
  });

  const signedIn = async (url: string, role: string): Promise<Page> => {
    const context = await browser.newContext({ acceptDownloads: true, locale: 'en-GB' });
    await context.request.post(new URL('/api/auth/session', url).href, {
      headers: { Authorization: `Bearer ${await service.token(role, 'Oksana')}` },
    });
    const opened = await context.newPage();
    opened.setDefaultTimeout(STEP_MS);
    return opened;
  };
  /** Keeps how a view looks, and in the long form finds nothing that breaks WCAG in it. */
  const look = async (name: string): Promise<void> => {
    await keepPictures(page, name);
    if (isLong) expect([name, await accessibilityFaults(page)]).toEqual([name, []]);
  };
  const button = (name: string): Locator => page.getByRole('button', { name });
  const shown = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const targetName = (): string => new URL(service.target.url).pathname.slice(1);
  const incidents = async (): Promise<number> => {
    const { rows } = await withClient(service.target.url, (db) =>
      db.query<{ count: number }>('SELECT count(*)::int FROM incidents'),
    );
    return rows[0]?.count ?? NaN;
  };

  it('makes a backup, checks and rehearses it, restores it through maintenance, and undoes that', async () => {
    await page.goto(`${service.url}/#/backups`);
    await shown('There are no backups yet.');
    await button('Make a backup').click();
    await page.getByLabel('Label').fill('before the upgrade');
    await look('backups-make');
    await tools.hold();
    await button('Start the backup').click();
    await tools.held();
    await shown('Copying tables');
    await keepPictures(page, 'backup-running');
    await tools.release();
    await shown('Never. Rehearse it');
    await shown(/^\d+ streams, .* unpacked$/);
    await page.getByRole('cell', { name: /public\.approvals/ }).waitFor();
    await look('backup');

    await page.getByRole('link', { name: 'Restore …' }).click();
    await button('Check it').click();
    await shown('The file is whole and fits the server.');
    await page.getByLabel('Keep that database afterwards').check();
    await button('Rehearse it').click();
    await shown('It was restored, and every row was counted.');

    const before = await incidents();
    await withClient(service.target.url, (db) => db.query('DELETE FROM incidents'));
    await button('Compare with the live database').click();
    const lost = before.toLocaleString('en-GB');
    await page.getByRole('row', { name: `public.incidents ${lost} 0 ${lost} 0 0` }).waitFor();
    await page.getByText(/^\d+ tables? differs?\./).waitFor();
    await page.getByText(/^\d+ tables are equal in both\.$/).waitFor();
    const rows = page.getByRole('table', { name: 'Compare' }).getByRole('row');
    expect((await rows.allInnerTexts()).filter((row) => /\t0\t0\t0$/.test(row))).toEqual([]);
    await look('restore-compared');
    const confirmation = page.getByLabel('Name of the database that is replaced');
    await confirmation.fill('another');
    await button('Start the restore').click();
    await shown(/Send the name of the target database/);
    await look('restore-refused');
    await confirmation.fill(targetName());
    await tools.holdRestore();
    await button('Start the restore').click();
    await tools.restoreHeld();
    await shown('Maintenance: the application is closed');
    await look('run-closed');
    // What is loaded anew has to say the same, although the service answers nothing else.
    await page.reload();
    await shown('Maintenance: the application is closed');
    await look('maintenance');
    await tools.release();
    await shown('The database is restored, and the application is open.');
    await look('run-done');
    expect(await incidents()).toBe(before);

    await button('Undo …').click();
    await page.getByLabel('Type undo to confirm').fill('undo');
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await shown('The database is again what it was before the restore.');
    expect(await incidents()).toBe(0);
    await page.goto(`${service.url}/#/restores`);
    await page.getByRole('cell', { name: /Undoing/ }).waitFor();
    await look('runs');
    expect(wrong).toEqual([]);
  });

  it('downloads a backup, deletes it by typing, and imports its file', async () => {
    await page.goto(`${service.url}/#/backups`);
    await page.getByRole('link', { name: 'before the upgrade' }).click();
    const link = page.getByRole('link', { name: 'Download' });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const path = join(tmpdir(), `berkut-console-${process.pid}.bscc`);
    await download.saveAs(path);
    await button('Delete …').click();
    await page.getByLabel('Type delete 1 to confirm').fill('delete 1');
    await look('backup-delete');
    await button('Delete for ever').click();
    await shown('There are no backups yet.');
    // Connections break again and again while the file is sent.
    const network = await cuttingProxy(service.url);
    const other = await signedIn(network.url, 'admin');
    const begunAt: number[] = [];
    other.on('request', (request) => {
      if (request.method() === 'PATCH') begunAt.push(Number(request.headers()['upload-offset']));
    });
    await other.goto(`${network.url}/#/backups`);
    await other.getByText('Drop a .bscc file here').waitFor();
    network.cutAfter(Array.from({ length: 12 }, () => 1_000_000));
    await other.locator('input[type=file]').setInputFiles(path);
    await other.getByText(/was imported\./).waitFor();
    expect(begunAt.at(-1)).toBeGreaterThan(0);
    await other.context().close();
    network.close();
    await page.reload();
    await page.getByRole('cell', { name: /imported/ }).waitFor();
    await look('backups-imported');
    await rm(path);
    expect(wrong).toEqual([]);
  });

  itLong('restores single tables in place, and says which backup undoes it', async () => {
    await page.goto(`${service.url}/#/restore`);
    await page
      .getByRole('link', { name: /^Choose/ })
      .first()
      .click();
    await page.getByLabel('Only single tables').check();
    await page.getByLabel('Find tables').fill('incident_s');
    await button('Add public.incident_stages').click();
    await look('restore-tables');
    await page.getByLabel('Name of the database that is replaced').fill(targetName());
    await button('Start the restore').click();
    await shown(/It failed|The database is restored/);
    await keepPictures(page, 'run-tables');
  });

  itLong('shows an auditor everything, and nothing that would be refused', async () => {
    const other = await signedIn(service.url, 'auditor');
    await other.goto(`${service.url}/#/backups`);
    await other.getByRole('cell', { name: 'imported' }).waitFor();
    await other.getByRole('link', { name: 'before the upgrade' }).click();
    await other.getByRole('cell', { name: /public\.approvals/ }).waitFor();
    expect(await other.locator('main').getByRole('button').allInnerTexts()).toEqual(['Previous', 'Next']);
    await other.goto(`${service.url}/#/restores/3`);
    await other.getByText('The database is restored').waitFor();
    expect(await other.locator('main').getByRole('button').allInnerTexts()).toEqual([]);
    await other.context().close();
  });

  itLong('has room for Russian words on a telephone', async () => {
    const other = await signedIn(service.url, 'admin');
    await other.addInitScript(`localStorage.setItem('berkut.language', 'ru')`);
    for (const view of [
      '',
      'backups',
      'backups/2',
      'restore',
      'restore/2',
      'restores',
      'restores/3',
      'plan',
      'audit',
    ]) {
      await other.goto('about:blank');
      await other.goto(`${service.url}/#/${view}`);
      await other.getByText('Загрузка …').first().waitFor({ state: 'detached' });
      expect([view, await accessibilityFaults(other)]).toEqual([view, []]);
      await keepPictures(other, `ru-${view.replace('/', '-')}`);
    }
    await other.context().close();
  });

  itLong('says that the connection is lost, and follows the run again as soon as there is one', async () => {
    const network = await tcpProxy(service.url);
    const other = await signedIn(network.url, 'admin');
    await other.goto(new URL('#/restore', network.url).href);
    await other
      .getByRole('link', { name: /^Choose/ })
      .first()
      .click();
    await tools.holdRestore();
    await other.getByRole('button', { name: /^Rehearse it/ }).click();
    await other.getByRole('link', { name: /^Rehearsal/ }).click();
    await other.getByText('The run goes on in the service').waitFor();
    await network.become('closed');
    await other.getByText('The connection is lost.').waitFor();
    await network.become('open');
    await other.getByText('The connection is lost.').waitFor({ state: 'hidden' });
    await other.getByText('The run goes on in the service').waitFor();
    await tools.release();
    await other.getByText('The backup can be restored').waitFor();
    await other.context().close();
    await network.become('closed');
  });

  itLong('watches a restore through a restart of the service', async () => {
    await page.goto(`${service.url}/#/restore`);
    // The oldest is of everything. The newest is what the restore of single tables has saved, and would come back in place.
    await page
      .getByRole('link', { name: /^Choose/ })
      .last()
      .click();
    await page.getByLabel('Name of the database that is replaced').fill(targetName());
    await tools.holdRestore();
    await button('Start the restore').click();
    await shown('Maintenance: the application is closed');
    await service.stopService();
    await shown('The connection is lost.');
    await keepPictures(page, 'run-lost');
    await tools.release();
    const again = await startTestService({
      beside: service,
      environment: { BERKUT_HTTP_PORT: new URL(service.url).port },
    });
    try {
      await shown('It failed. The live database is as it was.');
      await shown('What to do next');
      await look('run-failed');
    } finally {
      await again.stop();
    }
  });
});
