import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';
import { withClient } from '../support/cluster';
import { keepPictures } from '../support/pictures';
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
    const context = await browser.newContext({ acceptDownloads: true, locale: 'en-GB' });
    await context.request.post(`${service.url}/api/auth/session`, {
      headers: { Authorization: `Bearer ${await service.token('admin', 'Oksana')}` },
    });
    page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
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

  const button = (name: string): Locator => page.getByRole('button', { name });
  const shown = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
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
    await keepPictures(page, 'backups-make');
    await tools.hold();
    await button('Start the backup').click();
    await tools.held();
    await shown('Copying tables');
    await keepPictures(page, 'backup-running');
    await tools.release();
    await shown('Never. Rehearse it');
    await page.getByRole('cell', { name: /public\.approvals/ }).waitFor();
    await keepPictures(page, 'backup');

    await page.getByRole('link', { name: 'Restore …' }).click();
    await button('Check it').click();
    await shown('The file is whole and fits the server.');
    await page.getByLabel('Keep that database afterwards').check();
    await button('Rehearse it').click();
    await shown('It was restored, and every row was counted.');

    const before = await incidents();
    await withClient(service.target.url, (db) => db.query('DELETE FROM incidents'));
    const confirmation = page.getByLabel('Name of the database that is replaced');
    await confirmation.fill('another');
    await button('Start the restore').click();
    await shown(/Send the name of the target database/);
    await keepPictures(page, 'restore-refused');
    await confirmation.fill(new URL(service.target.url).pathname.slice(1));
    await tools.holdRestore();
    await button('Start the restore').click();
    await tools.restoreHeld();
    await shown('Maintenance: the application is closed');
    await keepPictures(page, 'run-closed');
    // What is loaded anew has to say the same, although the service answers nothing else.
    await page.reload();
    await shown('Maintenance: the application is closed');
    await keepPictures(page, 'maintenance');
    await tools.release();
    await shown('The database is restored, and the application is open.');
    await keepPictures(page, 'run-done');
    expect(await incidents()).toBe(before);

    await button('Undo …').click();
    await page.getByLabel('Type undo to confirm').fill('undo');
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await shown('The database is again what it was before the restore.');
    expect(await incidents()).toBe(0);
    await page.goto(`${service.url}/#/restores`);
    await page.getByRole('cell', { name: /Undoing/ }).waitFor();
    await keepPictures(page, 'runs');
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
    await keepPictures(page, 'backup-delete');
    await button('Delete for ever').click();
    await shown('There are no backups yet.');
    await page.locator('input[type=file]').setInputFiles(path);
    await shown(/was imported\./);
    await page.getByRole('cell', { name: /imported/ }).waitFor();
    await keepPictures(page, 'backups-imported');
    await rm(path);
    expect(wrong).toEqual([]);
  });
});
