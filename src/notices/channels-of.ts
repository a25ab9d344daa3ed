import { isOutcome, type Notice } from '../alerts/alert';
import type { AppConfig } from '../kernel/config/config';
import type { Channel } from './channel';
import { heartbeatChannel } from './heartbeat-channel';
import { mailChannel } from './mail-channel';
import { webhookChannel } from './webhook-channel';

/**
 * Makes the channels that a configuration names.
 *
 * @param now for the time in signatures
 */
export function channelsOf(
  { webhook, mail, heartbeatUrl, tellsSuccess }: AppConfig['notices'],
  now: () => Date,
): Channel[] {
  const forPeople = (notice: Notice): boolean => !isOutcome(notice) || (tellsSuccess && notice.state === 'succeeded');
  return [
    ...(webhook === undefined ? [] : [webhookChannel(webhook, now, forPeople)]),
    ...(mail === undefined ? [] : [mailChannel(mail.server, mail, forPeople)]),
    ...(heartbeatUrl === undefined ? [] : [heartbeatChannel(heartbeatUrl)]),
  ];
}
