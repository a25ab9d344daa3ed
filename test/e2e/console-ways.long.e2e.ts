import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { accessibilityFaults } from '../support/accessibility';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';

/** Longer than any step takes on a machine that is busy with other tests. */
const STEP_MS = 120_000;
/** So slow that a file is on its way for long enough to load the page anew. */
const SLOW = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 };
const FAST = { ...SLOW, uploadThroughput: -1 };

describe('the console, on the ways that are taken less often', () => {
  let service: TestService;
  let browser: Browser;
  let page: Page;
  let directory: string;
  let file: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-console-'));
    file = join(directory, 'kept.bscc');
    service = await startTestService({ demo: true });
    browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
    page = await signedIn(service.url);
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
    await rm(directory, { recursive: true });
  });

  const signedIn = async (url: string): Promise<Page> => {
    const context = await browser.newContext({ locale: 'en-GB' });
    await context.request.post(`${url}/api/auth/session`, {
      headers: { Authorization: `Bearer ${await service.token('admin', 'Oksana')}` },
    });
    const opened = await context.newPage();
    opened.setDefaultTimeout(STEP_MS);
    return opened;
  };
  const button = (name: string): Locator => page.getByRole('button', { name });
  const shown = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const targetName = (): string => new URL(service.target.url).pathname.slice(1);
  const incidents = (sql: string): Promise<number> =>
    withClient(service.target.url, async (db) => (await db.query<{ count: number }>(sql)).rows[0]?.count ?? NaN);
  const count = (): Promise<number> => incidents('SELECT count(*)::int FROM incidents');
  const damage = (): Promise<number> => incidents('DELETE FROM incidents');
  const chooseNewest = async (): Promise<void> => {
    await page.goto(`${service.url}/#/restore`);
    await page
      .getByRole('link', { name: /^Choose/ })
      .first()
      .click();
  };
  const keepRehearsal = async (): Promise<void> => {
    await chooseNewest();
    await page.getByLabel('Keep that database afterwards').check();
    await page.getByRole('button', { name: /^Rehearse it/ }).click();
    await button('Put it in place …').waitFor();
  };

  it('takes a file that is dropped anywhere on the view', async () => {
    const { id } = await service.client.backUp();
    const { url } = service;
    const headers = { Authorization: `Bearer ${await service.token('admin')}` };
    const download = await fetch(`${url}/api/backups/${id}/download`, { headers });
    await writeFile(file, Buffer.from(await download.arrayBuffer()));
    await service.client.delete(`/backups/${id}`);
    await page.goto(`${url}/#/backups`);
    await shown('Drop a .bscc file here');
    const bytes = (await readFile(file)).toString('base64');
    // A browser makes it of what is dragged from a folder.
    const dataTransfer = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob('${bytes}'), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], 'dropped.bscc'));
      return transfer;
    })()`);
    await page.dispatchEvent('h1', 'dragover', { dataTransfer });
    await shown('Drop the file to import it');
    await page.dispatchEvent('h1', 'drop', { dataTransfer });
    await shown('dropped.bscc was imported.');
    await page.getByRole('link', { name: 'Show the backup' }).click();
    await page.getByRole('cell', { name: /public\.approvals/ }).waitFor();
    await service.client.delete(`/backups/${/\d+$/.exec(page.url())?.[0] ?? ''}`);
  });

  it('goes on with an import at the byte that it had reached when the page was loaded anew', async () => {
    const network = await page.context().newCDPSession(page);
    const begunAt: number[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PATCH') begunAt.push(Number(request.headers()['upload-offset']));
    });
    await page.goto(`${service.url}/#/backups`);
    await page.reload();
    await shown('Drop a .bscc file here');
    await network.send('Network.emulateNetworkConditions', SLOW);
    await page.locator('input[type=file]').setInputFiles(file);
    const bar = page.getByRole('progressbar', { name: 'Sending kept.bscc' });
    await eventually(async () => Number(await bar.getAttribute('value')) >= 20);
    await page.reload();
    await network.send('Network.emulateNetworkConditions', FAST);
    await shown('Drop a .bscc file here');
    await page.locator('input[type=file]').setInputFiles(file);
    await shown('kept.bscc was imported.');
    expect(begunAt[0]).toBe(0);
    expect(begunAt.at(-1)).toBeGreaterThan(0);
  });

  it('drops the database of a rehearsal that was kept', async () => {
    await service.client.backUp();
    await keepRehearsal();
    await button('Drop it …').click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Drop it' }).click();
    await button('Put it in place …').waitFor({ state: 'detached' });
    // There is room for another one, and nothing left of the first.
    await page.getByLabel('Keep that database afterwards').waitFor();
    const { body } = await service.client.get<{ item: { leftovers: unknown[] } }>('/backups/integrity');
    expect(body.item.leftovers).toEqual([]);
  });

  it('puts the database of a rehearsal in place', async () => {
    const before = await count();
    await keepRehearsal();
    await damage();
    await button('Put it in place …').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name of the database that is replaced').fill(targetName());
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Put it in place' }).click();
    await shown('The rehearsed database is the live one now.');
    expect(await count()).toBe(before);
  });

  it('says of a damaged backup that its check failed, and of a storage that it is away', async () => {
    const { id } = await service.client.backUp();
    const { body } = await service.client.get<{ item: { filename: string } }>(`/backups/${id}`);
    const damaged = join(service.storagePath, body.item.filename);
    const bytes = await readFile(damaged);
    await writeFile(damaged, bytes.fill(0, bytes.length / 2, bytes.length / 2 + 100));
    await page.goto(`${service.url}/#/backups/${id}`);
    await button('Check').click();
    await shown('It failed. The live database is as it was.');
    await page.goto(`${service.url}/#/backups/${id}`);
    await shown('The latest check of this backup failed');
    expect(await accessibilityFaults(page)).toEqual([]);
    await service.client.delete(`/backups/${id}`);
    await rename(service.storagePath, `${service.storagePath}.away`);
    await writeFile(service.storagePath, 'no directory');
    try {
      await page.goto(`${service.url}/#/`);
      await eventually(async () => {
        await page.reload();
        await page
          .getByRole('region', { name: 'Room in the storages' })
          .getByText(/vailable/)
          .first()
          .waitFor();
        return page.getByText('a storage is not available.').isVisible();
      });
      await shown('First storage does not answer, or cannot be written.');
      expect(await accessibilityFaults(page)).toEqual([]);
    } finally {
      await rm(service.storagePath);
      await rename(`${service.storagePath}.away`, service.storagePath);
    }
  });

  it('restores in place, and leads to the safety backup that undoes it', async () => {
    const before = await count();
    await damage();
    await service.stopService();
    const inPlace = await startTestService({
      beside: service,
      environment: { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place', BERKUT_HTTP_PORT: new URL(service.url).port },
    });
    try {
      await chooseNewest();
      await button('Check it').click();
      await shown('The file is whole and fits the server.');
      await shown(/^Rows are replaced inside the database/);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByLabel('Name of the database that is replaced').fill(targetName());
      await button('Start the restore').click();
      await shown('The database is restored');
      expect(await count()).toBe(before);
      await shown(/^To undo it, restore the safety backup \d+\./);
      expect(await accessibilityFaults(page)).toEqual([]);
    } finally {
      await inPlace.stop();
    }
  });
});
