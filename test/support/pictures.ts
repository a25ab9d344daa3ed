import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const WIDTHS = [1440, 768, 360];
const USUAL = { width: 1280, height: 900 };

/** Keeps how a page looks, in light and dark and at all widths, where `CONSOLE_PICTURES` names a directory. */
export async function keepPictures(page: Page, name: string): Promise<void> {
  const directory = process.env['CONSOLE_PICTURES'];
  if (directory === undefined) return;
  await mkdir(directory, { recursive: true });
  for (const width of WIDTHS) {
    await page.setViewportSize({ ...USUAL, width });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize(USUAL);
  await page.emulateMedia({ colorScheme: 'light' });
}
