/** Waits between attempts: half a minute, then twice as long each time, up to an hour. */
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** How long to wait after so many attempts in vain, milliseconds. */
export function growingWaitMs(attempts: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 10), LONGEST_WAIT_MS);
}
