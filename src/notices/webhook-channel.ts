import { createHmac } from 'node:crypto';
import type { WebhookFormat } from '../kernel/config/webhook-format';
import type { Notice } from '../alerts/alert';
import type { Channel } from './channel';
import { post } from './post';
import { webhookBody } from './webhook-formats';

/** Where a webhook posts, and how. */
export interface WebhookSettings {
  readonly url: string;
  readonly format: WebhookFormat;
  /** With the prefix `whsec_` the rest of it is Base64, as in Standard Webhooks; else its bytes are the key. */
  readonly secret?: string | undefined;
}

/**
 * Posts notices as JSON. With a secret they are signed as Standard Webhooks (standardwebhooks.com, 1.0.0) has it: HMAC-SHA256
 * over id, time and body.
 *
 * @param now seconds since 1970 are taken from it
 * @param takes which notices it is for
 */
export function webhookChannel(
  { url, format, secret }: WebhookSettings,
  now: () => Date,
  takes: (notice: Notice) => boolean,
): Channel {
  return {
    name: 'webhook',
    takes,
    async send(notice) {
      const body = webhookBody(format, notice);
      const signature = secret === undefined ? {} : signed(secret, notice.id, now(), body);
      await post(url, { 'Content-Type': 'application/json', ...signature }, body);
    },
  };
}

function signed(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
