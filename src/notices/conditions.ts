import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Repository } from 'typeorm';
import { BackupEntity } from '../backups/backup.entity';
import { BackupsService } from '../backups/backups.service';
import { WHOLE } from '../backups/scope';
import { openBackup } from '../engine/backup-reader';
import { Storage } from '../engine/storage/storage';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { ERRORS } from '../kernel/errors/error-table';
import { PlanService, scheduleOf } from '../plan/plan.service';
import { lastDue } from '../plan/schedule';
import { IntegrityService } from '../restore/integrity.service';
import type { AlertName, Finding } from './alert';
import { type BackupContent, shrinkage } from './shrinkage';

const HOUR_MS = 3_600_000;

/** Without a limit of the configuration there has to be room for so many backups like the newest. */
const ROOM_FOR_BACKUPS = 3;

/** Looks at everything that an alert can be about. */
@Injectable()
export class Conditions {
  /** Of the latest comparison: containers do not change, and opening them again every minute would show the same. */
  private compared: { readonly ids: string; readonly reason: string | undefined } | undefined;

  private readonly looks: Readonly<Record<AlertName, () => Promise<string | undefined>>> = {
    backup_failed: () => this.failedBackup(),
    backup_overdue: () => this.overdueBackup(),
    backup_suspicious: () => this.suspiciousBackup(),
    restore_test_failed: () => this.failedRestoreTest(),
    retention_failed: () => this.failedRetention(),
    storage_low: () => this.lowStorage(),
  };

  constructor(
    @InjectRepository(BackupEntity) private readonly rows: Repository<BackupEntity>,
    private readonly backups: BackupsService,
    private readonly plans: PlanService,
    private readonly integrity: IntegrityService,
    private readonly storage: Storage,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * Looks at all of them. What cannot be looked at now is left out: nobody knows, so nothing has changed.
   *
   * @param onError is told what could not be looked at
   */
  async find(onError: (alert: AlertName, error: unknown) => void): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const [alert, look] of Object.entries(this.looks) as [AlertName, () => Promise<string | undefined>][]) {
      try {
        const message = await look();
        findings.push(message === undefined ? { alert, isOn: false } : { alert, isOn: true, message });
      } catch (error) {
        onError(alert, error);
      }
    }
    return findings;
  }

  private async failedBackup(): Promise<string | undefined> {
    const newest = await this.rows.findOne({
      where: { trigger: In(['manual', 'scheduled']), status: In(['success', 'failed']), removing: IsNull() },
      order: { finishedAt: 'DESC', id: 'DESC' },
    });
    if (newest?.status !== 'failed') return undefined;
    return `Backup ${newest.id} failed: ${ERRORS[newest.errorCode ?? 'backups.internal'].message}`;
  }

  private async overdueBackup(): Promise<string | undefined> {
    const plan = await this.plans.get();
    if (!plan.enabled) return undefined;
    const promised = lastDue(
      scheduleOf(plan),
      new Date(this.clock.now().getTime() - this.config.notices.overdueHours * HOUR_MS),
    );
    if (promised <= plan.effectiveFrom) return undefined;
    const [newest] = await this.wholeBackups(1);
    if (newest !== undefined && newest.createdAt >= promised) return undefined;
    const last = newest === undefined ? 'there is none' : `the newest good one is of ${newest.createdAt.toISOString()}`;
    return `The plan promised a backup at ${promised.toISOString()}, but ${last}.`;
  }

  private async suspiciousBackup(): Promise<string | undefined> {
    const [current, previous] = await this.wholeBackups(2);
    if (current === undefined || previous === undefined) return undefined;
    const ids = `${previous.id} ${current.id}`;
    if (this.compared?.ids !== ids) {
      const [before, after] = [await this.contentOf(previous), await this.contentOf(current)];
      this.compared = { ids, reason: shrinkage(before, after, this.config.notices.shrinkPercent) };
    }
    const { reason } = this.compared;
    return reason === undefined ? undefined : `Backup ${current.id}, compared with ${previous.id}: ${reason}.`;
  }

  private async failedRestoreTest(): Promise<string | undefined> {
    const { last_restore_test_id: run, last_restore_test_backup_id: backup, status } = await this.integrity.get();
    if (status !== 'failed') return undefined;
    return `Restore test ${String(run)} of backup ${String(backup)} failed.`;
  }

  private async failedRetention(): Promise<string | undefined> {
    const { retentionFailures } = await this.plans.get();
    return retentionFailures === 0 ? undefined : `Retention could not remove ${retentionFailures} backups.`;
  }

  private async lowStorage(): Promise<string | undefined> {
    const [newest] = await this.wholeBackups(1);
    const wanted = this.config.notices.minFreeBytes ?? ROOM_FOR_BACKUPS * (newest?.sizeBytes ?? 0);
    const free = await this.storage.freeBytes();
    return free >= wanted ? undefined : `The storage has room for ${free} bytes; ${wanted} should be free.`;
  }

  /** Good backups of the whole database that this installation has made, newest first. */
  private async wholeBackups(count: number): Promise<BackupEntity[]> {
    return this.rows
      .createQueryBuilder('b')
      .where(`b.status = 'success' AND b.error_code IS NULL AND b.removing IS NULL AND b.source = 'local'`)
      .andWhere(':whole = ANY (b.scope)', { whole: WHOLE })
      .orderBy('b.createdAt', 'DESC')
      .addOrderBy('b.id', 'DESC')
      .limit(count)
      .getMany();
  }

  private async contentOf({ id }: BackupEntity): Promise<BackupContent> {
    const opened = await this.backups.open(id);
    try {
      const { index } = await openBackup(opened.file, this.config.keyRing);
      return { sizeBytes: opened.file.sizeBytes, tables: index.tables };
    } finally {
      await opened.close();
    }
  }
}
