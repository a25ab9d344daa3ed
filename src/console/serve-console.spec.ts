import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { readConsoleFiles } from './console-files';
import { serveConsole } from './serve-console';

describe('the console', () => {
  let directory: string;
  let server: Server;
  let url: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-console-'));
    await mkdir(join(directory, 'built/assets'), { recursive: true });
    await writeFile(join(directory, 'secret.js'), 'secret');
    await writeFile(join(directory, 'built/index.html'), '<!doctype html>');
    await writeFile(join(directory, 'built/assets/main-Ab12.js'), 'run();'.repeat(100));
    await writeFile(join(directory, 'built/.sources'), 'digest');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });

  const serve = async (name: string): Promise<void> => {
    const app = express().disable('etag');
    app.use(serveConsole(await readConsoleFiles(join(directory, name))));
    app.use((_request, response) => void response.status(404).send('from the API'));
    server = createServer((request, response) => void app(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const get = (path: string, headers = {}): Promise<Response> => fetch(`${url}${path}`, { headers });

  it('is a page at / that is asked for again each time, and sent again only when it has changed', async () => {
    await serve('built');
    const page = await get('/?from=mail');
    expect([page.status, await page.text()]).toEqual([200, '<!doctype html>']);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    for (const [etag, status] of [
      [page.headers.get('etag'), 304],
      ['W/"other"', 200],
    ] as const) {
      // As a browser asks; fetch in Node would also refuse every kept answer.
      const headers = { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' };
      expect((await get('/', headers)).status).toBe(status);
    }
  });

  it('may be kept for ever where the name says the content, and comes compressed to a client that can read that', async () => {
    await serve('built');
    for (const [coding, sent] of [
      ['gzip', 'gzip'],
      ['identity', null],
    ] as const) {
      const script = await get('/assets/main-Ab12.js', { 'Accept-Encoding': coding });
      expect([script.headers.get('content-encoding'), await script.text()]).toEqual([sent, 'run();'.repeat(100)]);
      expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it('runs no script or style but its own', async () => {
    await serve('built');
    const policy = (await get('/')).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none';script-src 'self';style-src 'self';");
    expect(policy).not.toContain('unsafe');
  });

  it.each([
    '/secret.js',
    '/assets/../../secret.js',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/..%2fsecret.js',
    '/.sources',
    '/assets/',
    '/index.html',
    '//',
  ])('gives nothing but the files that were built: %s', async (path) => {
    await serve('built');
    expect(await (await get(path)).text()).toBe('from the API');
  });

  it('leaves all but reading to the API', async () => {
    await serve('built');
    expect(await (await fetch(`${url}/`, { method: 'POST' })).text()).toBe('from the API');
    const head = await fetch(`${url}/`, { method: 'HEAD', headers: { 'Accept-Encoding': 'identity' } });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '15', '']);
  });

  it('says so at / when it was not built, and everything else works', async () => {
    await serve('missing');
    const page = await get('/');
    expect([page.status, await page.text()]).toEqual([404, expect.stringContaining('npm run build') as string]);
    expect(await (await get('/api')).text()).toBe('from the API');
  });
});
