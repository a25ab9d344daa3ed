import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { startTestService, type TestService } from '../support/app';
import { findChromium } from '../support/chromium';

const BACKUPS = 10_000;
const TRIES = 5;

/** Milliseconds after the page was asked for. */
interface Times {
  /** The sentence is in the page, and on the screen. */
  written: number;
  painted: number;
  /** The questions that it answers begin, and the first one that only pictures need. */
  integrity: number;
  plan: number;
  history: number;
  /** The page's own script has been run. */
  loaded: number;
}

/** Run in the page before its own scripts. */
const NOTE_PAINT = `new MutationObserver((_, observer) => {
  if (document.querySelector('.answer') === null) return;
  observer.disconnect();
  window.written = performance.now();
  // A frame is painted between the two.
  requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now())));
}).observe(document, { childList: true, subtree: true })`;

const TIMES = `(() => {
  const begun = (path) => performance.getEntriesByType('resource').find(({ name }) => name.includes(path))?.startTime;
  const [{ domContentLoadedEventEnd: loaded }] = performance.getEntriesByType('navigation');
  const [integrity, plan, history] = ['/integrity', '/plan', '/history'].map(begun);
  return { written: window.written, painted: window.painted, integrity, plan, history, loaded };
})()`;

describe('the console with ten thousand backups', () => {
  let service: TestService;
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    service = await startTestService({ demo: true });
    browser = await chromium.launch({ executablePath: await findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
    context = await browser.newContext({ locale: 'en-GB' });
    await context.addInitScript(NOTE_PAINT);
    await context.request.post(`${service.url}/api/auth/session`, {
      headers: { Authorization: `Bearer ${await service.token('admin')}` },
    });
  });
  afterAll(async () => {
    await browser.close();
    await service.stop();
  });

  const look = async (): Promise<Times> => {
    const page = await context.newPage();
    await page.goto(`${service.url}/`);
    await page.getByText('there are backups, but none was ever restored for a test.').waitFor();
    await page.getByRole('img', { name: /^Duration of backups/ }).waitFor();
    const times = await page.evaluate<Times>(TIMES);
    await page.close();
    return times;
  };

  it('asks for what the sentence says at once, and for the backups when it is painted', async () => {
    const { id } = await service.client.backUp();
    await service.query(
      `INSERT INTO backups
       SELECT copied.* FROM backups AS kept, generate_series(1, $2::int) AS number,
              jsonb_populate_record(kept, jsonb_build_object(
                'id', kept.id + number,
                'storage_name', number || '-' || kept.storage_name,
                'created_at', kept.created_at - number * interval '12 minutes')) AS copied
       WHERE kept.id = $1`,
      [id, BACKUPS],
    );
    const painted: number[] = [];
    for (let i = 0; i < TRIES; i += 1) {
      const times = await look();
      painted.push(Math.round(times.painted));
      // The order, and no limit: how long it takes is for docs/performance.md.
      expect(Math.max(times.integrity, times.plan)).toBeLessThan(times.loaded);
      expect(times.history).toBeGreaterThan(times.written);
    }
    process.stdout.write(`the sentence with ${BACKUPS} backups: ${painted.join(', ')} ms\n`);
  });
});
