import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import type { ConditionState, Notice, NoticeSubject, Reason } from '../alerts/alert';
import { AlertEntity } from '../alerts/alert.entity';
import type { Channel } from './channel';
import { Conditions } from './conditions';
import { NoticeChannels } from './notice-channels';
import { NoticeDeliveryEntity } from './notice-delivery.entity';
import { Outcomes } from './outcomes';
import { HOUR_MS, MINUTE_MS } from '../kernel/clock/durations';

const LONGEST_PAUSE_MS = 4 * HOUR_MS;

/** With the pauses below that is more than a day. */
const MAX_ATTEMPTS = 14;

/** Keeps the alerts true, and tells of each change once. The caller sees to it that one replica does so at a time. */
@Injectable()
export class NoticesService {
  private readonly logger = new Logger(NoticesService.name);

  constructor(
    @InjectRepository(AlertEntity) private readonly alerts: Repository<AlertEntity>,
    @InjectRepository(NoticeDeliveryEntity) private readonly deliveries: Repository<NoticeDeliveryEntity>,
    private readonly conditions: Conditions,
    private readonly outcomes: Outcomes,
    private readonly channels: NoticeChannels,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** Compares what is wrong with what was, and queues a notice for each difference and for each outcome. */
  async look(): Promise<void> {
    await this.tellOutcomes();
    const known = new Map((await this.alerts.find()).map((alert) => [alert.name, alert]));
    const states = await this.conditions.find(new Set(known.keys()), (alert, error) =>
      this.logger.warn({ err: error, alert }, 'it cannot be seen now whether there is reason for an alert'),
    );
    for (const state of states) {
      const before = known.get(state.alert);
      if (state.isOn && before === undefined) await this.change(state, state);
      else if (!state.isOn && before !== undefined) await this.change(state, { message: before.message });
      else if (state.isOn && (before?.message !== state.message || before.cause !== (state.cause ?? null))) {
        await this.alerts.update({ name: state.alert }, { message: state.message, cause: state.cause ?? null });
      }
    }
  }

  /**
   * Sends what is queued and due, side by side on all channels. A notice that does not arrive is tried again, with pauses that
   * grow from a minute to four hours. Until then the channel gets no other notice of that alert: if the end came before the
   * beginning, a receiver that keeps a list would hold an alert that never ends.
   */
  async deliver(): Promise<void> {
    const queued = await this.deliveries.find({ order: { seq: 'ASC' } });
    const known = new Set(this.channels.all.map(({ name }) => name));
    for (const { id, channel } of queued.filter((delivery) => !known.has(delivery.channel))) {
      await this.deliveries.delete({ id, channel });
    }
    await Promise.all(
      this.channels.all.map((channel) =>
        this.deliverBy(
          channel,
          queued.filter((one) => one.channel === channel.name),
        ),
      ),
    );
  }

  /** State and notices change together, or not at all. */
  private async change({ alert, isOn }: ConditionState, { message, cause, about }: Reason): Promise<void> {
    const now = this.clock.now();
    const notice = this.noticeOf({ alert, state: isOn ? 'raised' : 'resolved', message, cause, about, at: now });
    await this.alerts.manager.transaction(async (manager) => {
      if (isOn) await manager.insert(AlertEntity, { name: alert, message, cause: cause ?? null, since: now });
      else await manager.delete(AlertEntity, { name: alert });
      await this.queue(manager, notice);
    });
    this.logger.warn({ alert, state: notice.state, cause }, message);
    await this.audit.recordOwn(isOn ? 'backups.alert.raised' : 'backups.alert.resolved', 'success', { alert, message });
  }

  private async tellOutcomes(): Promise<void> {
    for (const outcome of await this.outcomes.untold()) {
      const { outcome: alert, state, message, cause, about, at } = outcome;
      await this.alerts.manager.transaction(async (manager) => {
        await this.outcomes.note(manager, outcome);
        await this.queue(manager, this.noticeOf({ alert, state, message, cause, about, at }));
      });
    }
    await this.outcomes.forgetOld();
  }

  private noticeOf(
    what: Pick<Notice, 'alert' | 'state' | 'message'> & {
      cause?: string | undefined;
      about?: NoticeSubject | undefined;
      at: Date;
    },
  ): Notice {
    const { cause, about, at, ...rest } = what;
    const { instance, publicUrl } = this.config.notices;
    return {
      id: randomUUID(),
      ...rest,
      cause,
      about,
      at: at.toISOString(),
      instance,
      link: publicUrl,
    };
  }

  /** For every channel that takes it. */
  private async queue(manager: EntityManager, notice: Notice): Promise<void> {
    const now = this.clock.now();
    for (const { name } of this.channels.all.filter((channel) => channel.takes(notice))) {
      await manager.insert(NoticeDeliveryEntity, {
        id: notice.id,
        channel: name,
        notice,
        attempts: 0,
        nextAttemptAt: now,
        createdAt: now,
      });
    }
  }

  private async deliverBy(channel: Channel, queued: readonly NoticeDeliveryEntity[]): Promise<void> {
    const now = this.clock.now();
    const waiting = new Set<string>();
    for (const delivery of queued) {
      const { alert } = delivery.notice;
      if (!waiting.has(alert) && delivery.nextAttemptAt <= now) {
        // A receiver that is not there is asked once in a turn: each attempt may take as long as its time limit.
        if (!(await this.attempt(channel, delivery))) return;
      } else {
        waiting.add(alert);
      }
    }
  }

  /** @returns false when it did not arrive */
  private async attempt(channel: Channel, { id, notice, attempts }: NoticeDeliveryEntity): Promise<boolean> {
    const row = { id, channel: channel.name };
    try {
      await channel.send(notice);
      await this.deliveries.delete(row);
      return true;
    } catch (error) {
      const made = attempts + 1;
      const what = { err: error, channel: channel.name, alert: notice.alert };
      if (made >= MAX_ATTEMPTS) {
        this.logger.error(what, 'a notice could not be sent; gave up');
        await this.deliveries.delete(row);
        return false;
      }
      this.logger.warn(what, 'a notice could not be sent; will try again');
      const nextAttemptAt = new Date(this.clock.now().getTime() + pauseMs(made));
      await this.deliveries.update(row, { attempts: made, nextAttemptAt });
      return false;
    }
  }
}

function pauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, MINUTE_MS * 2 ** (attempts - 1));
}
