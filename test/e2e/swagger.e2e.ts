import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../support/chromium';
import { startTestService, type TestService } from '../support/app';

interface Operation {
  summary?: string;
  description?: string;
  security?: unknown[];
  responses: Record<string, { description?: string; content?: Record<string, { schema?: object; example?: unknown }> }>;
}

/** Answers of the tus protocol have headers alone. */
const isTus = (route: string): boolean => /^(post|head|patch|delete) \/api\/backups\/uploads/.test(route);

describe('Swagger', () => {
  let service: TestService;
  let browser: Browser;
  beforeAll(async () => {
    service = await startTestService();
    browser = await chromium.launch({
      executablePath: await findChromium(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
    });
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
  });

  it('describes every route with its permission, answer and errors', async () => {
    const answer = await fetch(`${service.url}/api/docs-json`);
    const { paths, components } = (await answer.json()) as {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: object };
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, operation })),
    );
    expect(operations.length).toBeGreaterThan(8);
    for (const { route, operation } of operations) {
      expect([route, operation.summary]).toEqual([route, expect.stringMatching(/\w/)]);
      expect([route, operation.description]).toEqual([route, expect.stringMatching(/Permission: `[a-z.]+`/)]);
      const isOpen = operation.description?.includes('and no token') === true;
      const security: unknown = isOpen ? undefined : expect.arrayContaining([{ bearer: [] }]);
      expect([route, operation.security]).toEqual([route, security]);
      const statuses = Object.keys(operation.responses);
      const always = [...(isOpen ? [] : ['401', '403']), '400', '429', '500', '503'];
      expect([route, statuses]).toEqual([route, expect.arrayContaining(always)]);
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect([route, status, description]).toEqual([route, status, expect.stringMatching(/\w/)]);
        // These have no body.
        if (!['204', '302', '304'].includes(status) && !isTus(route))
          expect([route, status, content]).not.toEqual([route, status, undefined]);
      }
    }
    const references = JSON.stringify(paths).match(/#\/components\/schemas\/\w+/g) ?? [];
    for (const reference of new Set(references))
      expect(components.schemas).toHaveProperty(reference.split('/').at(-1) ?? '');
  });

  it('describes every property, and prefills nothing that is dangerous', async () => {
    const { paths, components, tags } = (await (await fetch(`${service.url}/api/docs-json`)).json()) as {
      tags: { name: string; description: string }[];
      paths: Record<string, Record<string, { requestBody?: { content: Record<string, { examples?: object }> } }>>;
      components: { schemas: Record<string, { properties?: Record<string, Record<string, unknown>> }> };
    };
    const silent = Object.entries(components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, property]) => !('description' in property || '$ref' in property || 'allOf' in property))
        .map(([property]) => `${name}.${property}`),
    );
    expect(silent).toEqual([]);
    const {
      confirm,
      skip_safety_backup_reason: reason,
      scope,
    } = components.schemas['StartRestoreDto']?.properties ?? {};
    expect([confirm?.['example'], reason?.['example']]).toEqual([undefined, undefined]);
    // Which ones there are is the installation's business: GET /api/backups/scopes says so.
    expect(scope).toMatchObject({ items: { type: 'string' } });
    expect(scope).not.toHaveProperty('items.enum');
    const exampleOf = (path: string, method: string): object | undefined =>
      Object.values(paths[path]?.[method]?.requestBody?.content['application/json']?.examples ?? {})[0] as object;
    expect(exampleOf('/api/backups/{id}/restore', 'post')).toEqual({ value: {} });
    expect(exampleOf('/api/backups/plan', 'put')).toMatchObject({ value: { enabled: false, schedule_type: 'daily' } });
    expect(tags.map(({ name }) => name)).toEqual(['Backups', 'Restore', 'Integrity', 'Plan', 'Audit', 'Session']);
    expect(paths['/api/backups/{id}/download']?.['get']).toMatchObject({ responses: { 206: {}, 304: {}, 416: {} } });
    expect(paths['/api/backups/import']?.['post']).toMatchObject({ responses: { 200: {}, 201: {} } });
  });

  it('shows a usual answer of every route', async () => {
    const { paths } = (await (await fetch(`${service.url}/api/docs-json`)).json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const shown = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.entries(responses)
          .filter(([status, { content }]) => status.startsWith('2') && content?.['application/json'] !== undefined)
          .map(([status, { content }]) => [`${method} ${path} ${status}`, content?.['application/json']?.example]),
      ),
    );
    expect(shown.length).toBeGreaterThan(20);
    for (const [route, example] of shown) {
      expect([route, example]).toEqual([route, expect.anything()]);
      expect([route, JSON.stringify(example)]).not.toEqual([route, expect.stringMatching(/""|error/)]);
    }
    const example = Object.fromEntries(shown) as Record<string, unknown>;
    expect(example['get /api/backups/{id} 200']).toMatchObject({ item: { id: 12, status: 'success' } });
    expect(example['get /api/backups/restores/{id} 200']).toMatchObject({
      item: { status: 'success', steps: [{ name: 'restore_database', status: 'success' }] },
    });
  });

  it('is described by docs/openapi.json; when this fails, run "npm run docs"', async () => {
    const kept: unknown = JSON.parse(await readFile(join(__dirname, '../../docs/openapi.json'), 'utf8'));
    expect(await (await fetch(`${service.url}/api/docs-json`)).json()).toEqual(kept);
  });

  it('gives the console its types; when this fails, run "npm run docs"', () => {
    const check = spawnSync(process.execPath, [join(__dirname, '../../console/scripts/write-schema.mjs'), '--check'], {
      encoding: 'utf8',
    });
    expect([check.status, check.stderr]).toEqual([0, '']);
  });

  it('works in a browser: authorize, make a backup, and see it in the list', async () => {
    const page = await browser.newPage();
    const failures: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') failures.push(message.text());
    });
    page.on('pageerror', (error) => failures.push(error.message));
    await page.goto(`${service.url}/api/docs`);
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('#auth-bearer-value').fill(await service.token('superadmin', 'swagger'));
    await page.locator('.auth-btn-wrapper .authorize').first().click();
    await page.locator('.auth-btn-wrapper .btn-done').first().click();

    const tryOut = async (id: string, body?: string): Promise<string> => {
      const block = page.locator(`[id$="${id}"]`);
      await block.locator('.opblock-summary').first().click();
      if (body !== undefined) await block.locator('textarea.body-param__text').fill(body);
      await block.locator('button.execute').click();
      const response = block.locator('.live-responses-table .response-col_status');
      await response.first().waitFor();
      return (await block.locator('.live-responses-table').first().innerText()).trim();
    };
    expect(await tryOut('BackupsController_create', '{"label": "from the browser"}')).toContain('202');
    await service.idle();
    expect(await tryOut('BackupsController_list')).toContain('from the browser');
    expect(failures).toEqual([]);
    const picture = process.env['SWAGGER_SCREENSHOT'];
    if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true });
    await page.close();
  });
});
