import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition that another process brings about; the test's own limit ends a wait in vain. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}
