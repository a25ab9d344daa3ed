import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../audit/audit.service';
import { BackupPlaces } from '../backups/catalogue/backup-places';
import { BackupsService, type OneOfAll } from '../backups/catalogue/backups.service';
import { WHOLE } from '../backups/catalogue/scope';
import { type IsPaused, StorageCheck } from '../backups/storage-check/storage-check.service';
import { SCHEDULER } from '../kernel/request/caller';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import type { ErrorCode } from '../kernel/errors/error-table';
import { AppError } from '../kernel/errors/app-error';
import { causeOf } from '../kernel/errors/cause';
import { sanitize } from '../kernel/errors/sanitize';
import { sinceMs, whyOf } from '../kernel/operations/run-line';
import { DueRuns } from './due-runs.service';
import type { PlanEntity, RetentionFailure } from './plan.entity';
import { PlanService } from './plan.service';
import { judgeRetention, retentionMoment, type RetentionVerdict } from './retention';

const NOT_NOW: readonly ErrorCode[] = ['backups.file_busy', 'backups.file_locked', 'backups.not_found'];
/** One file that its storage does not remove may be damaged. After so many in a row, the storages are asked whether they can be written. */
const ASK_AFTER = 2;
/** Nor is it the files, when so many fail in a row: a right is missing, and each would fail and be recorded. */
const ENOUGH = 20;

/** What a sweep has done. */
export interface Sweep {
  /** As of when it has judged. */
  asOf: Date;
  /** How many backups could not be removed. */
  failures: number;
  /** `null` when there was none. */
  firstFailure: RetentionFailure | null;
  /** It was not paused before its end. */
  isWhole: boolean;
}

/** Removes what the plan does not keep. */
@Injectable()
export class RetentionService {
  private readonly logger = new Logger(RetentionService.name);

  constructor(
    private readonly plans: PlanService,
    private readonly dueRuns: DueRuns,
    private readonly backups: BackupsService,
    private readonly storage: StorageCheck,
    private readonly places: BackupPlaces,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /** What a sweep would do now if the plan were on, newest backup first. Backups in use stay. */
  async preview(plan: PlanEntity): Promise<RetentionVerdict[]> {
    const verdicts = await this.judge(plan, this.momentFor(plan), () => true);
    const inUse = await this.backups.inUse(verdicts.filter(({ keep }) => !keep).map(({ id }) => id));
    return verdicts.map((verdict) =>
      inUse.has(verdict.id) ? { id: verdict.id, keep: true, reason: 'in_use' } : verdict,
    );
  }

  /**
   * Removes what may go, oldest first; while the plan is off only the rows of failures. One that cannot be removed does not
   * stop the others, unless a storage is away. Before each removal everything that speaks for it is looked at again.
   *
   * @param isPaused asked before each look at a file and each removal
   * @throws StorageError when the first storage is away before anything was removed; what `isPaused` throws
   */
  async sweep(isPaused: IsPaused): Promise<Sweep> {
    const beganAtMs = performance.now();
    const asOf = this.momentFor(await this.plans.get());
    let [removed, failures, awayInARow] = [0, 0, 0];
    let firstFailure: RetentionFailure | null = null;
    // A backup whose file is gone must not stand for the ones that are kept instead of it.
    const faults = await this.storage.markFaults(isPaused);
    if (faults === undefined) return { asOf, failures, firstFailure, isWhole: false };
    const candidates = (await this.removable(asOf)).reverse();
    for (const { id, reason } of candidates) {
      if (await isPaused()) return { asOf, failures, firstFailure, isWhole: false };
      try {
        const isStillTrue = async (): Promise<boolean> => (await this.removable(asOf)).some((one) => one.id === id);
        await this.backups.expire(id, { reason, isStillTrue });
        removed += 1;
        awayInARow = 0;
      } catch (error) {
        // It is being read, was removed or pinned, is needed again, or the storage keeps it: the next sweep decides anew.
        if (error instanceof AppError && NOT_NOW.includes(error.code)) continue;
        failures += 1;
        const { code } = sanitize(error);
        const cause = causeOf(error);
        firstFailure ??= { backup_id: id, error_code: code, cause };
        const details = { backup_id: id, reason, error_code: code };
        this.logger.warn(
          { backup_id: id, error_code: code, ...whyOf(code, error) },
          'retention could not remove a backup',
        );
        await this.audit.recordOwn('backups.retention.deleted', 'failed', details, SCHEDULER);
        awayInARow = code === 'backups.storage_unavailable' ? awayInARow + 1 : 0;
        if (awayInARow === ENOUGH || (awayInARow === ASK_AFTER && !(await this.places.canBeWritten()))) break;
      }
    }
    this.logger.log({ removed, failures, duration_ms: sinceMs(beganAtMs) }, 'a retention sweep has ended');
    return { asOf, failures, firstFailure, isWhole: true };
  }

  private async removable(asOf: Date): Promise<RetentionVerdict[]> {
    const plan = await this.plans.get();
    // What has lost its file may have it again, when a storage was not there for a moment.
    const verdicts = await this.judge(plan, asOf, ({ fileFault }) => fileFault !== null);
    return verdicts.filter(({ keep, reason }) => !keep && (plan.enabled || reason === 'failed_long_ago'));
  }

  private async judge(
    plan: PlanEntity,
    asOf: Date,
    isLookedAt: (backup: OneOfAll) => boolean,
  ): Promise<RetentionVerdict[]> {
    const known = [];
    const all = await this.backups.all();
    const copied = await this.places.copied(all);
    const looks = this.storage.looks();
    for (const backup of all) {
      const { id, status, trigger, createdAt, pinned, verifiedAt, keyId, fileFault } = backup;
      const fault = status === 'success' && isLookedAt(backup) ? await looks.faultOf(backup) : fileFault;
      const isUsable =
        status === 'success' && fault === null && (keyId === null || this.config.keyRing.find(keyId) !== undefined);
      const isWhole = backup.scope.includes(WHOLE);
      const isCopyAlone = fault !== null && copied.has(id);
      known.push({ id, status, trigger, createdAt, pinned, verifiedAt, isWhole, isUsable, isCopyAlone });
    }
    const rule = {
      retentionDays: plan.retentionDays,
      keepLast: plan.keepLastSuccessful,
      keepDaily: plan.keepDaily,
      keepWeekly: plan.keepWeekly,
      keepMonthly: plan.keepMonthly,
      keepYearly: plan.keepYearly,
      timeZone: plan.scheduleTimezone,
      isLastRunFailed: await this.dueRuns.isLastFailed(),
    };
    return judgeRetention(known, rule, asOf);
  }

  private momentFor({ retentionAsOf }: PlanEntity): Date {
    return retentionMoment(this.clock.now(), retentionAsOf);
  }
}
