import { isOutcome } from '../alerts/alert';
import type { Channel } from './channel';
import { post } from './post';

/**
 * Tells a dead man's switch of each scheduled backup and restore test, so that silence is noticed from outside. The address
 * alone means success; `/start` and `/fail` are put behind its path, as Healthchecks and services like it expect.
 *
 * @param url of the check; a query stays behind the path
 */
export function heartbeatChannel(url: string): Channel {
  return {
    name: 'heartbeat',
    takes: isOutcome,
    async send({ state, message }) {
      const address = new URL(url);
      if (state === 'started') address.pathname = `${address.pathname.replace(/\/$/, '')}/start`;
      if (state === 'failed') address.pathname = `${address.pathname.replace(/\/$/, '')}/fail`;
      await post(address.href, { 'Content-Type': 'text/plain; charset=utf-8' }, message);
    },
  };
}
