// Makes the pictures of docs/console.md: starts a trial of its own, works with it a little, and photographs the console.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const pictures = join(root, 'docs', 'console');
/** Long lists say no more in a picture than their beginning. */
const MAX_HEIGHT = 1200;
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Starts the service in a directory of its own, on free ports. */
async function startTrial(directory) {
  const program = spawn(process.execPath, [join(root, 'dist/src/main.js')], {
    cwd: directory,
    env: { ...process.env, BERKUT_HTTP_PORT: '0', BERKUT_MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    if (program.exitCode !== null) return;
    program.kill('SIGTERM');
    await once(program, 'exit');
  };
  let url;
  for await (const line of createInterface({ input: program.stdout })) {
    url ??= /^API\s+(http:\S+)\/api$/.exec(line)?.[1];
    const token = /^eyJ\S+$/.exec(line)?.[0];
    if (url !== undefined && token !== undefined) return { url, token, stop };
  }
  throw new Error('the trial did not start');
}

/** A client of the API that waits for runs. */
function clientOf({ url, token }) {
  const send = async (method, path, body) => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const ended = async (path) => {
    for (;;) {
      const { item } = await send('GET', path);
      if (!['queued', 'running'].includes(item.status)) return item;
      await delay(300);
    }
  };
  return { send, ended };
}

async function workWith({ send, ended }) {
  await send('PUT', '/backups/plan', { enabled: true, schedule_type: 'daily', schedule_hour: 2, keep_weekly: 8 });
  for (const label of ['before the upgrade', 'after the upgrade', 'nightly, by hand']) {
    const { artifact } = await send('POST', '/backups', { label });
    await ended(`/backups/${artifact.id}`);
  }
  // A trial tests restores by itself, and may be at it.
  const { items } = await send('GET', '/backups/restores?limit=1');
  const id = items[0]?.id ?? (await send('POST', '/backups/integrity/run')).restore_id;
  await ended(`/backups/restores/${id}`);
  const kept = await send('POST', '/backups/3/restore/dry-run', { mode: 'rehearse', keep_hours: 24 });
  await ended(`/backups/restores/${kept.restore_id ?? kept.item.id}`);
}

async function photograph({ url, token }) {
  await mkdir(pictures, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const shoot = async (name, hash, { width = 1280, colorScheme = 'light', isSignedIn = true, press, until } = {}) => {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, locale: 'en-GB' });
    if (isSignedIn)
      await context.request.post(`${url}/api/auth/session`, { headers: { Authorization: `Bearer ${token}` } });
    const page = await context.newPage();
    await page.goto(`${url}/${hash}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByText('Loading …').first().waitFor({ state: 'detached' });
    if (press !== undefined) await page.getByRole('button', { name: press }).click();
    if (until !== undefined) await page.getByText(until).first().waitFor();
    // No event says when the last picture is drawn.
    await delay(2000);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: 0, width, height: Math.min(height, MAX_HEIGHT) };
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true, clip });
    await context.close();
  };
  await shoot('sign-in', '#/', { isSignedIn: false });
  await shoot('overview', '#/');
  await shoot('overview-dark', '#/', { colorScheme: 'dark' });
  await shoot('overview-phone', '#/', { width: 360 });
  await shoot('backups', '#/backups');
  await shoot('backup', '#/backups/3');
  await shoot('restore', '#/restore/3', { press: 'Compare with the live database', until: 'Compare anew' });
  await shoot('restore-run', '#/restores/1');
  await shoot('plan', '#/plan');
  await shoot('audit', '#/audit');
  await browser.close();
}

const directory = await mkdtemp(join(tmpdir(), 'berkut-screenshots-'));
// The user of the database server has to get to the data of the trial, which is below it.
await chmod(directory, 0o711);
const trial = await startTrial(directory);
try {
  await workWith(clientOf(trial));
  await photograph(trial);
} finally {
  await trial.stop();
  await rm(directory, { recursive: true, force: true });
}
