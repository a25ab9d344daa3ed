import { setTimeout as delay } from 'node:timers/promises';

/** A look costs processor time that what is waited for needs: a tenth of the wait so far, within these. */
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** Waits for a condition that another process brings about; the test's own limit ends a wait in vain. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await condition())) {
    const pause = (performance.now() - begun) / 10;
    await delay(Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, pause)));
  }
}
