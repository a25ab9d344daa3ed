import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../audit/audit.service';
import { BackupsService } from '../backups/backups.service';
import { WHOLE } from '../backups/scope';
import { Clock } from '../kernel/clock/clock';
import { AppError } from '../kernel/errors/app-error';
import { sanitize } from '../kernel/errors/sanitize';
import type { PlanEntity } from './plan.entity';
import { judgeRetention, type RetentionVerdict } from './retention';

/** Removes what the plan does not keep. */
@Injectable()
export class RetentionService {
  private readonly logger = new Logger(RetentionService.name);

  constructor(
    private readonly backups: BackupsService,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /** What a sweep would do now, newest backup first; what somebody uses now stays. */
  async preview(plan: PlanEntity): Promise<RetentionVerdict[]> {
    const verdicts = await this.judge(plan);
    const seen: RetentionVerdict[] = [];
    for (const verdict of verdicts) {
      const isInUse = !verdict.keep && (await this.backups.isInUse(verdict.id));
      seen.push(isInUse ? { id: verdict.id, keep: true, reason: 'in_use' } : verdict);
    }
    return seen;
  }

  /**
   * Removes what may go, oldest first. One that cannot be removed does not stop the others.
   *
   * @returns the ids of what is gone, and of what could not be removed
   */
  async sweep(plan: PlanEntity): Promise<{ removed: number[]; failed: number[] }> {
    const removed: number[] = [];
    const failed: number[] = [];
    for (const { id, reason } of (await this.judge(plan)).filter(({ keep }) => !keep).reverse()) {
      try {
        const backup = await this.backups.remove(id, 'retention');
        removed.push(id);
        await this.audit.recordOwn('backups.retention.deleted', 'success', {
          backup_id: id,
          reason,
          ...(backup.storageName === null ? {} : { filename: backup.storageName }),
        });
      } catch (error) {
        // Somebody reads it now, or has removed or pinned it: the next sweep looks again.
        if (error instanceof AppError && ['backups.file_busy', 'backups.not_found'].includes(error.code)) continue;
        failed.push(id);
        this.logger.warn({ err: error, backup_id: id }, 'retention could not remove a backup');
        await this.audit.recordOwn('backups.retention.deleted', 'failed', {
          backup_id: id,
          reason,
          error_code: sanitize(error).code,
        });
      }
    }
    return { removed, failed };
  }

  private async judge(plan: PlanEntity): Promise<RetentionVerdict[]> {
    const backups = await this.backups.all();
    return judgeRetention(
      backups.map((backup) => ({
        id: backup.id,
        status: backup.status,
        trigger: backup.trigger,
        isWhole: backup.scope.includes(WHOLE),
        createdAt: backup.createdAt,
        pinned: backup.pinned,
        verifiedAt: backup.verifiedAt,
        isUsable: backup.errorCode === null,
      })),
      { retentionDays: plan.retentionDays, keepLast: plan.keepLastSuccessful },
      this.clock.now(),
    );
  }
}
