import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import type { Channel } from './channel';
import { mailChannel } from './mail-channel';
import { webhookChannel } from './webhook-channel';

/** The ways to people that are configured. */
@Injectable()
export class NoticeChannels {
  readonly all: readonly Channel[];

  constructor({ notices: { webhook, mail } }: AppConfig, clock: Clock) {
    this.all = [
      ...(webhook === undefined ? [] : [webhookChannel(webhook.url, webhook.secret, () => clock.now())]),
      ...(mail === undefined ? [] : [mailChannel(mail.server, mail)]),
    ];
  }
}
