import { setTimeout } from 'node:timers/promises';
import { serverErrorOf } from '../postgres/server/connection-error';

/** `too_many_connections`: what is left is for superusers. */
const FULL = '53300';
const TRIES = 60;
const PAUSE_MS = 1_000;

/**
 * Tries again for about a minute while the server has no room for a session of a role that is no superuser.
 *
 * @throws what `work` throws in the end, or the signal's reason
 */
export async function whileFull<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (serverErrorOf(error)?.code !== FULL || tries === TRIES) throw error;
      await setTimeout(PAUSE_MS, undefined, { signal });
    }
  }
}
