import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';
import { withClient } from '../support/cluster';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

interface Call {
  method: string;
  path: string;
  status: number;
  code?: string;
  key?: string;
}

/** What the page keeps for its user. */
interface PageState {
  calls: Call[];
  newest?: { id: number; status: string };
  lastGood?: { id: number };
  created?: { run: Record<string, unknown>; artifact: Record<string, unknown> };
  uploaded?: { id: number; source: string; origin_filename: string };
  deleted?: number;
  integrity?: { status: string };
  restoreItem?: { status: string; steps: { name: string; status: string; message_i18n_key: string }[] };
}

/** The page and the API under one origin, as SCC's own server has them. */
async function serveBeside(apiUrl: string): Promise<Server> {
  const { hostname, port } = new URL(apiUrl);
  const server = createServer((request, response) => {
    const { method, url = '/', headers } = request;
    if (url.startsWith('/api/')) {
      const onward = httpRequest({ hostname, port, path: url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
      return;
    }
    const name = url.split('?')[0] === '/web-ui.js' ? 'web-ui.js' : 'web-ui.html';
    void readFile(join(__dirname, '../pages', name)).then((text) => {
      response.setHeader('Content-Type', name.endsWith('.js') ? 'text/javascript' : 'text/html');
      response.end(text);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('the web UI', () => {
  let service: TestService;
  let tools: ToolWrapper;
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    tools = await wrapTools();
    service = await startTestService({ demo: true, environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin } });
    server = await serveBeside(service.url);
    browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
    context = await browser.newContext({ acceptDownloads: true });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // Logging in is the business of SCC's own page: it ends with these two cookies.
    await context.request.post(`${origin}/api/auth/session`, {
      headers: { Authorization: `Bearer ${await service.token('admin', 'Oksana')}` },
    });
    page = await context.newPage();
    await page.goto(`${origin}/?list=200&restore=100`);
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
    await tools.remove();
    await service.stop();
  });

  const state = (): Promise<PageState> =>
    page.evaluate(() => {
      const { calls, newest, lastGood, created, uploaded, deleted, integrity, restoreItem } =
        globalThis as unknown as PageState;
      return JSON.parse(
        JSON.stringify({ calls, newest, lastGood, created, uploaded, deleted, integrity, restoreItem }),
      ) as PageState;
    });
  const until = async (isSo: (now: PageState) => boolean): Promise<PageState> => {
    for (;;) {
      const now = await state();
      if (isSo(now)) return now;
      await page.waitForTimeout(50);
    }
  };

  it('makes a backup, downloads it by navigation, uploads it again, deletes, and restores, as it always has', async () => {
    await page.click('#create');
    const made = await until(({ lastGood, newest }) => lastGood !== undefined && lastGood.id === newest?.id);
    expect(made.created?.run).toMatchObject({
      artifact_id: made.lastGood?.id,
      id: made.lastGood?.id,
      status: 'queued',
    });
    expect(made.created?.artifact).toMatchObject({ id: made.lastGood?.id, requested_by: 'Oksana', trigger: 'manual' });
    const id = made.lastGood?.id ?? 0;

    const [download] = await Promise.all([page.waitForEvent('download'), page.click(`tr[data-id="${id}"] a`)]);
    expect(download.suggestedFilename()).toMatch(/^berkut-scc_.*\.bscc$/);
    const path = join(tmpdir(), `berkut-ui-${process.pid}.bscc`);
    await download.saveAs(path);

    await page.click(`tr[data-id="${id}"] .delete`);
    await until(({ deleted }) => deleted === id);
    await page.setInputFiles('#file', path);
    await page.click('#upload');
    const { uploaded } = await until((now) => now.uploaded !== undefined);
    await rm(path);
    expect(uploaded).toMatchObject({ source: 'imported', origin_filename: expect.stringMatching(/\.bscc$/) as string });

    await withClient(service.target.url, (db) => db.query('DELETE FROM incidents'));
    await until(({ newest }) => newest?.id === uploaded?.id);
    await tools.holdRestore();
    await page.click(`tr[data-id="${uploaded?.id ?? 0}"] .restore`);
    await tools.restoreHeld();
    // The page meets maintenance, and still sees the restore.
    await until(({ calls }) => calls.some(({ path: asked, status }) => asked === '/backups' && status === 503));
    const asked = (await state()).calls.length;
    await until(
      ({ calls }) => calls.slice(asked).filter(({ path: one }) => one.startsWith('/backups/restores/')).length >= 3,
    );
    await tools.release();
    const { restoreItem, calls } = await until((now) => now.restoreItem?.status === 'success');
    expect(restoreItem?.steps.map(({ name, message_i18n_key: key }) => [name, key])).toEqual(
      [
        'load_artifact',
        'open_file',
        'decrypt_bscc',
        'verify_checksums',
        'read_manifest',
        'compatibility_check',
        'enter_maintenance',
        'stop_background_jobs',
        'restore_database',
        'verify_restored_data',
        'run_migrations_if_needed',
        'swap_database',
        'exit_maintenance',
        'finish',
      ].map((name) => [
        name,
        ['verify_restored_data', 'swap_database'].includes(name) ? '' : `backups.restore.step.${name}`,
      ]),
    );
    const rows = await withClient(service.target.url, (db) => db.query('SELECT FROM incidents'));
    expect(rows.rowCount).toBeGreaterThan(0);

    // Whatever was not a success was maintenance, and that only where it has to be.
    for (const call of calls.filter(({ status }) => status >= 300)) {
      expect(call).toMatchObject({ status: 503, code: 'app.maintenance_mode', key: 'common.error.maintenanceMode' });
      expect(['/backups', '/backups/integrity']).toContain(call.path);
    }
    expect(
      calls.filter(({ path: one }) => one.startsWith('/backups/restores/')).every(({ status }) => status === 200),
    ).toBe(true);
    const statuses = calls.filter(({ method }) => method !== 'GET').map(({ method, status }) => `${method} ${status}`);
    expect(statuses).toEqual(['POST 202', 'DELETE 200', 'POST 201', 'POST 202']);
    const picture = process.env['WEB_UI_SCREENSHOT'];
    if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true });
  });
});
