import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../audit/audit.service';
import { BackupPlaces } from '../backups/catalogue/backup-places';
import { BackupsService } from '../backups/catalogue/backups.service';
import { FileExpiry } from '../backups/catalogue/file-expiry';
import type { BackupVerdict } from '../backups/retention/backup-verdict';
import { type RetentionReason, retentionMoment } from '../backups/retention/retention';
import { type IsPaused, StorageCheck } from '../backups/storage-check/storage-check.service';
import { present } from '../engine/optional/present';
import { SCHEDULER } from '../kernel/request/caller';
import { Clock } from '../kernel/clock/clock';
import type { ErrorCode } from '../kernel/errors/error-table';
import { AppError } from '../kernel/errors/app-error';
import { causeOf } from '../kernel/errors/cause';
import { sanitize } from '../kernel/errors/sanitize';
import { sinceMs, whyOf } from '../kernel/operations/run-line';
import type { PlanEntity, RetentionFailure } from './plan.entity';
import { PlanService } from './plan.service';
import { RetentionJudge } from './retention-judge';

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

/** A backup that goes, or its file in one storage. */
interface Removal {
  readonly id: number;
  readonly reason: RetentionReason;
  readonly storage: string | undefined;
}

/** Removes what the plan, and what each storage with a retention of its own, does not keep. */
@Injectable()
export class RetentionService {
  private readonly logger = new Logger(RetentionService.name);

  constructor(
    private readonly plans: PlanService,
    private readonly judge: RetentionJudge,
    private readonly backups: BackupsService,
    private readonly expiry: FileExpiry,
    private readonly storage: StorageCheck,
    private readonly places: BackupPlaces,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /** What a sweep would do now if the plan were on, newest backup first. Backups in use stay. */
  async preview(plan: PlanEntity): Promise<BackupVerdict[]> {
    const verdicts = await this.judge.judge(plan, this.momentFor(plan), () => true);
    const inUse = await this.backups.inUse(verdicts.filter(hasRemoval).map(({ id }) => id));
    return verdicts.map((verdict) => (inUse.has(verdict.id) ? whileInUse(verdict) : verdict));
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
    for (const removal of (await this.removals(asOf)).reverse()) {
      if (await isPaused()) return { asOf, failures, firstFailure, isWhole: false };
      try {
        await this.remove(removal, asOf);
        removed += 1;
        awayInARow = 0;
      } catch (error) {
        // It is being read, was removed or pinned, is needed again, or the storage keeps it: the next sweep decides anew.
        if (error instanceof AppError && NOT_NOW.includes(error.code)) continue;
        failures += 1;
        const { code } = sanitize(error);
        firstFailure ??= { backup_id: removal.id, error_code: code, cause: causeOf(error) };
        await this.noteFailure(removal, code, error);
        awayInARow = code === 'backups.storage_unavailable' ? awayInARow + 1 : 0;
        if (awayInARow === ENOUGH || (awayInARow === ASK_AFTER && !(await this.places.canBeWritten()))) break;
      }
    }
    this.logger.log({ removed, failures, duration_ms: sinceMs(beganAtMs) }, 'a retention sweep has ended');
    return { asOf, failures, firstFailure, isWhole: true };
  }

  private async remove({ id, reason, storage }: Removal, asOf: Date): Promise<void> {
    if (storage === undefined) {
      const isStillTrue = async (): Promise<boolean> =>
        (await this.removals(asOf)).some((one) => one.id === id && one.storage === undefined);
      await this.backups.expire(id, { reason, isStillTrue });
      return;
    }
    const keepers = async (): Promise<readonly string[] | undefined> => {
      const verdict = (await this.verdicts(asOf)).find((one) => one.id === id);
      const file = verdict?.files.find((one) => one.storage === storage);
      return verdict?.keep === true && file?.keep === false ? verdict.keepers : undefined;
    };
    await this.expiry.expireIn(id, { storage, reason, keepers });
  }

  private async noteFailure({ id, reason, storage }: Removal, code: ErrorCode, error: unknown): Promise<void> {
    const details = { backup_id: id, ...present({ storage }), reason, error_code: code };
    const line = { backup_id: id, ...present({ storage }), error_code: code, ...whyOf(code, error) };
    this.logger.warn(line, 'retention could not remove a backup');
    await this.audit.recordOwn('backups.retention.deleted', 'failed', details, SCHEDULER);
  }

  private async removals(asOf: Date): Promise<Removal[]> {
    return (await this.verdicts(asOf)).flatMap(({ id, keep, reason, files }): Removal[] => {
      if (!keep) return [{ id, reason, storage: undefined }];
      const going = files.filter((file) => !file.keep || file.isBegun);
      return going.map((file) => ({ id, reason: file.reason, storage: file.storage }));
    });
  }

  /** What becomes of backups as of now; while the plan is off, of those alone that have failed. */
  private async verdicts(asOf: Date): Promise<BackupVerdict[]> {
    const plan = await this.plans.get();
    // What has lost its file may have it again, when a storage was not there for a moment.
    const verdicts = await this.judge.judge(plan, asOf, ({ fileFault }) => fileFault !== null);
    return plan.enabled ? verdicts : verdicts.filter(({ keep, reason }) => !keep && reason === 'failed_long_ago');
  }

  private momentFor({ retentionAsOf }: PlanEntity): Date {
    return retentionMoment(this.clock.now(), retentionAsOf);
  }
}

function hasRemoval({ keep, files }: BackupVerdict): boolean {
  return !keep || files.some((file) => !file.keep);
}

function whileInUse(verdict: BackupVerdict): BackupVerdict {
  const inUse = { keep: true, reason: 'in_use' } as const;
  const files = verdict.files.map((file) => (file.keep ? file : { ...file, ...inUse }));
  return { ...verdict, ...(verdict.keep ? {} : inUse), files };
}
