import { access, constants } from 'node:fs/promises';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** The installed browser; `npm run setup` installs one. */
export async function findChromium(): Promise<string> {
  for (const place of PLACES) {
    try {
      await access(place, constants.X_OK);
      return place;
    } catch {
      continue;
    }
  }
  throw new Error('no Chromium is installed: run "npm run setup"');
}
