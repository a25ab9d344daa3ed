import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import type { Channel } from './channel';
import { channelsOf } from './channels-of';

/** The ways to people and to watchers that are configured. */
@Injectable()
export class NoticeChannels {
  readonly all: readonly Channel[];

  constructor({ notices }: AppConfig, clock: Clock) {
    this.all = channelsOf(notices, () => clock.now());
  }
}
