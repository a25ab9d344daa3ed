import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThanOrEqual, Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import type { Finding, Notice } from './alert';
import { AlertEntity } from './alert.entity';
import { Conditions } from './conditions';
import { NoticeChannels } from './notice-channels';
import { NoticeDeliveryEntity } from './notice-delivery.entity';

const MINUTE_MS = 60_000;
const LONGEST_PAUSE_MS = 4 * 60 * MINUTE_MS;

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
    private readonly channels: NoticeChannels,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** Compares what is wrong with what was, and queues a notice for each difference. */
  async look(): Promise<void> {
    const findings = await this.conditions.find((alert, error) =>
      this.logger.warn({ err: error, alert }, 'it cannot be seen now whether there is reason for an alert'),
    );
    const known = new Map((await this.alerts.find()).map((alert) => [alert.name, alert]));
    for (const finding of findings) {
      const before = known.get(finding.alert);
      if (finding.isOn && before === undefined) await this.change(finding, finding.message);
      else if (!finding.isOn && before !== undefined) await this.change(finding, before.message);
      else if (finding.isOn && before?.message !== finding.message) {
        await this.alerts.update({ name: finding.alert }, { message: finding.message });
      }
    }
  }

  /** Sends what is queued and due. What does not arrive is tried again, with pauses that grow from a minute to four hours. */
  async deliver(): Promise<void> {
    const due = await this.deliveries.find({
      where: { nextAttemptAt: LessThanOrEqual(this.clock.now()) },
      order: { createdAt: 'ASC' },
    });
    for (const delivery of due) await this.attempt(delivery);
  }

  /** State and notices change together, or not at all. */
  private async change({ alert, isOn }: Finding, message: string): Promise<void> {
    const now = this.clock.now();
    const notice: Notice = {
      id: randomUUID(),
      alert,
      state: isOn ? 'raised' : 'resolved',
      message,
      at: now.toISOString(),
      instance: this.config.notices.instance,
    };
    await this.alerts.manager.transaction(async (manager) => {
      if (isOn) await manager.insert(AlertEntity, { name: alert, message, since: now });
      else await manager.delete(AlertEntity, { name: alert });
      for (const { name } of this.channels.all) {
        await manager.insert(NoticeDeliveryEntity, {
          id: notice.id,
          channel: name,
          notice,
          attempts: 0,
          nextAttemptAt: now,
          createdAt: now,
        });
      }
    });
    this.logger.warn({ alert, state: notice.state }, message);
    await this.audit.recordOwn(isOn ? 'backups.alert.raised' : 'backups.alert.resolved', 'success', { alert, message });
  }

  private async attempt({ id, channel: name, notice, attempts }: NoticeDeliveryEntity): Promise<void> {
    const channel = this.channels.all.find((one) => one.name === name);
    if (channel === undefined) {
      await this.deliveries.delete({ id, channel: name });
      return;
    }
    try {
      await channel.send(notice);
      await this.deliveries.delete({ id, channel: name });
    } catch (error) {
      const made = attempts + 1;
      if (made >= MAX_ATTEMPTS) {
        this.logger.error({ err: error, channel: name, alert: notice.alert }, 'a notice could not be sent; gave up');
        await this.deliveries.delete({ id, channel: name });
        return;
      }
      this.logger.warn(
        { err: error, channel: name, alert: notice.alert },
        'a notice could not be sent; will try again',
      );
      const nextAttemptAt = new Date(this.clock.now().getTime() + pauseMs(made));
      await this.deliveries.update({ id, channel: name }, { attempts: made, nextAttemptAt });
    }
  }
}

function pauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, MINUTE_MS * 2 ** (attempts - 1));
}
