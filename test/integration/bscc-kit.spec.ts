import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import jsQR from 'jsqr';
import { type Browser, chromium } from 'playwright-core';
import { z } from 'zod';
import { parseOperatorKey } from '../../src/engine/container/keys/operator-key';
import { itLong } from '../support/form';
import { build } from '../support/built';
import { findChromium } from '../support/chromium';
import { runBscc, typeIntoBscc } from '../support/run-bscc';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const KEY = '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317';
const ENVIRONMENT = { BACKUP_ENCRYPTION_KEY: KEY };

/** What a browser has drawn of the codes on a page: as a camera would see them. */
const DRAWN = z.array(z.object({ width: z.number(), height: z.number(), pixels: z.array(z.number()) }));

/** Runs in the page. */
const DRAW = `Promise.all([...document.querySelectorAll('svg')].map(async (svg) => {
  const image = new Image();
  image.src = 'data:image/svg+xml,' + encodeURIComponent(svg.outerHTML);
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: 200, height: 200 });
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0, 200, 200);
  return { width: 200, height: 200, pixels: [...context.getImageData(0, 0, 200, 200).data] };
}))`;

describe('bscc kit', () => {
  let directory: string;
  let browser: Browser;
  beforeAll(async () => {
    await build();
    directory = await mkdtemp(join(tmpdir(), 'berkut-kit-'));
    browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(directory, { recursive: true });
  });

  it('writes one page to print, whose codes are the key, with all that is needed to come back', async () => {
    const to = join(directory, 'kit.html');
    const places = ['NAS 1, /backups/scc & <the safe>', 'the other house'];
    const made = await runBscc(
      ['--json', 'kit', '--yes', '--to', to, ...places.flatMap((place) => ['--backups', place])],
      ENVIRONMENT,
    );
    const { id } = parseOperatorKey(KEY);
    expect(JSON.parse(made.stdout)).toEqual({
      written: to,
      key_id: id,
      tool_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect((await stat(to)).mode & 0o777).toBe(0o600);

    const page = await browser.newPage();
    // A page that needs anything from elsewhere could tell elsewhere what it shows.
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`file://${to}`);
    expect(requests).toEqual([`file://${to}`]);
    const drawn = DRAWN.parse(await page.evaluate(DRAW));
    const read = drawn.map(({ width, height, pixels }) => jsQR(Uint8ClampedArray.from(pixels), width, height)?.data);
    expect(read).toHaveLength(4);
    expect(read.join('')).toBe(KEY);

    const text = await page.innerText('body');
    expect(text.replace(/\s/g, '')).toContain(`1of4${KEY.slice(0, 16)}2of4${KEY.slice(16, 32)}3of4`);
    for (const said of [id, ...places, 'must not lie', 'bscc verify', 'bscc restore']) expect(text).toContain(said);
    expect(await page.locator('ol > li').count()).toBe(10);

    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
    // A4 in points, as the page itself asks for.
    expect(pdf.toString('latin1')).toMatch(/\/MediaBox\s*\[0 0 59[45](?:\.\d+)? 84[12](?:\.\d+)?\]/);
    await page.close();

    const { tool_sha256: sha256 } = z.object({ tool_sha256: z.string() }).parse(JSON.parse(made.stdout));
    const [, command = ''] = /this prints the same: (.*)$/m.exec(text) ?? [];
    const { stdout } = await run('bash', ['--norc', '-c', command], { cwd: ROOT });
    expect(stdout).toBe(`${sha256}  -\n`);
  });

  it('asks before it writes a key, and writes none without a clear yes', async () => {
    const to = join(directory, 'asked.html');
    const ask = (answer: string): Promise<string> =>
      typeIntoBscc(['kit', '--to', to], 'Type yes to go on: ', answer, ENVIRONMENT);
    for (const answer of ['no', '', 'y', '\u0003']) {
      const shown = await ask(answer);
      expect([answer, shown]).toEqual([answer, expect.stringMatching(/\[2\]$/) as string]);
      expect(shown).not.toContain(KEY.slice(0, 16));
    }
    expect(await readdir(directory)).not.toContain('asked.html');
    const agreed = await ask('yes');
    expect(agreed).toMatch(/put it into a safe away from the backups[\s\S]*\[0\]$/);
    expect(agreed).not.toContain(KEY.slice(0, 16));
    expect(await readFile(to, 'utf8')).toContain(KEY.slice(0, 4));
    // A session of its own has no terminal to ask at.
    const script = `exec setsid --wait '${process.execPath}' '${join(ROOT, 'dist/src/cli/bscc.js')}' kit --to '${to}2' < /dev/null`;
    const refused = run('bash', ['--norc', '-c', script], { env: { PATH: process.env['PATH'], ...ENVIRONMENT } });
    await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') as string });
  });

  itLong('takes the place of nothing, follows no link, and prints no key', async () => {
    const there = join(directory, 'there.html');
    await writeFile(there, 'mine');
    const link = join(directory, 'link.html');
    await symlink(join(directory, 'elsewhere.html'), link);
    for (const to of [there, link]) {
      const { code, stdout, stderr } = await runBscc(['kit', '--yes', '--to', to], ENVIRONMENT);
      expect([code, stderr]).toEqual([2, `bscc: usage: ${to} is there already\n`]);
      expect(stdout + stderr).not.toContain(KEY.slice(0, 16));
    }
    expect(await readFile(there, 'utf8')).toBe('mine');
    expect(await readdir(directory)).not.toContain('elsewhere.html');
  });
});
