import { createHmac } from 'node:crypto';
import type { Notice } from './alert';
import type { Channel } from './channel';

/** A receiver that says nothing for so long is not there. */
const TIMEOUT_MS = 30_000;

/** The receiver did not take it. */
class WebhookRefusedError extends Error {
  override readonly name = 'WebhookRefusedError';

  constructor(status: number) {
    super(`the receiver answered ${status}`);
  }
}

/**
 * Posts notices as JSON, signed as Standard Webhooks (standardwebhooks.com, 1.0.0) has it: HMAC-SHA256 over id, time and body.
 *
 * @param url of the receiver
 * @param secret with the prefix `whsec_` the rest of it is Base64, as in that standard; else its bytes are the key
 * @param now seconds since 1970 are taken from it
 */
export function webhookChannel(url: string, secret: string, now: () => Date): Channel {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return {
    name: 'webhook',
    async send(notice) {
      const { id } = notice;
      const body = bodyOf(notice);
      const timestamp = String(Math.floor(now().getTime() / 1000));
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        },
        body,
        // The signed body is for the receiver that was configured, not for whomever that one names.
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new WebhookRefusedError(response.status);
    },
  };
}

function bodyOf({ alert, state, message, at, instance }: Notice): string {
  if (alert === 'test') {
    return JSON.stringify({ type: 'berkut.backups.test', timestamp: at, data: { message, instance } });
  }
  return JSON.stringify({
    type: `berkut.backups.${alert}.${state}`,
    timestamp: at,
    data: { alert, state, message, instance },
  });
}
