import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { isLong } from './form';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The narrowest is where things are cut off; the others are looked at in the long form. */
const WIDTHS = isLong ? [1440, 768, 360] : [360];
const USUAL = { width: 1280, height: 900 };

/** Run in the page. */
const FAULTS = `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(RULES)} } }).then(({ violations }) => [
  ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)),
  ...(document.documentElement.scrollWidth > window.innerWidth ? ['the page is wider than the window'] : []),
])`;

/** What breaks WCAG 2.2 AA on a page, in light and dark, in the long form at all widths; nothing when all is well. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const faults: string[] = [];
  await page.evaluate(axe.source);
  for (const width of WIDTHS) {
    await page.setViewportSize({ ...USUAL, width });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate<string[]>(FAULTS);
      faults.push(...found.map((fault) => `${width} ${colorScheme} ${fault}`));
    }
  }
  await page.setViewportSize(USUAL);
  await page.emulateMedia({ colorScheme: 'light' });
  return faults;
}
