import { Injectable } from '@nestjs/common';
import { BackupQuestions } from '../backups/catalogue/backup-questions';
import type { BackupEntity } from '../backups/catalogue/backup.entity';
import { Storage } from '../engine/storage/storage';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { causeInWords } from '../kernel/errors/cause';
import { ERRORS } from '../kernel/errors/error-table';
import { PlanService } from '../plan/plan.service';
import { scheduleOf } from '../plan/schedule-of';
import { lastDue } from '../plan/schedule';
import { failedStepOf } from '../restore/record/failed-step';
import { IntegrityService } from '../restore/integrity/integrity.service';
import { Leftovers } from '../restore/leftovers/leftovers';
import { RestoreService } from '../restore/run/restore.service';
import type { AlertName, ConditionState, Reason } from '../alerts/alert';
import { present } from '../engine/optional/present';
import { MissingFiles } from './missing-files';
import { Suspicions } from './suspicions';
import { UnusableStorages } from './unusable-storages';
import { HOUR_MS } from '../kernel/clock/durations';

/** Without a limit of the configuration there has to be room for so many backups like the newest. */
const ROOM_FOR_BACKUPS = 3;

/** So much more than the limit has to be free until there is enough again: around the limit each backup would be news. */
const ENOUGH_AGAIN = 1.1;

/** @returns `undefined` when the alert is not on */
type Look = (isOn: boolean) => Promise<Reason | string | undefined>;

/** Looks at everything that an alert can be about. */
@Injectable()
export class Conditions {
  private readonly looks: Readonly<Record<AlertName, Look>> = {
    backup_failed: () => this.failedBackup(),
    backup_overdue: () => this.overdueBackup(),
    backup_suspicious: () => this.suspicions.ofNewest(),
    files_missing: () => this.files.missing(),
    leftovers: () => this.leftovers.alert(),
    restore_test_failed: () => this.failedRestoreTest(),
    retention_failed: () => this.failedRetention(),
    storage_low: (isOn) => this.lowStorage(isOn),
    storage_unusable: (isOn) => this.unusable.find(isOn),
  };

  constructor(
    private readonly backups: BackupQuestions,
    private readonly suspicions: Suspicions,
    private readonly plans: PlanService,
    private readonly integrity: IntegrityService,
    private readonly restores: RestoreService,
    private readonly files: MissingFiles,
    private readonly leftovers: Leftovers,
    private readonly unusable: UnusableStorages,
    private readonly storage: Storage,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * Checks all of them. A condition that cannot be checked now is left out: its state is unknown, so it has not changed.
   *
   * @param active the alerts that are on already: some conditions have to get better than they were when the alert began
   * @param onError gets each condition that could not be checked
   */
  async find(
    active: ReadonlySet<AlertName>,
    onError: (alert: AlertName, error: unknown) => void,
  ): Promise<ConditionState[]> {
    const states: ConditionState[] = [];
    for (const [alert, look] of Object.entries(this.looks) as [AlertName, Look][]) {
      try {
        const reason = await look(active.has(alert));
        if (reason === undefined) states.push({ alert, isOn: false });
        else if (typeof reason === 'string') states.push({ alert, isOn: true, message: reason });
        else states.push({ alert, isOn: true, ...reason });
      } catch (error) {
        onError(alert, error);
      }
    }
    return states;
  }

  private async failedBackup(): Promise<Reason | undefined> {
    const failed = await this.backups.newestFailure();
    if (failed === undefined) return undefined;
    const { id, label, requestedBy, errorCode, errorCause } = failed;
    return {
      message: `Backup ${id} failed: ${ERRORS[errorCode ?? 'backups.internal'].message}`,
      ...present({ cause: errorCause && causeInWords(errorCause) }),
      about: { backup_id: id, ...present({ label }), requested_by: requestedBy },
    };
  }

  private async overdueBackup(): Promise<string | undefined> {
    const plan = await this.plans.get();
    if (!plan.enabled) return undefined;
    const promised = lastDue(
      scheduleOf(plan),
      new Date(this.clock.now().getTime() - this.config.notices.overdueHours * HOUR_MS),
    );
    if (promised <= plan.effectiveFrom) return undefined;
    const newest = await this.newestWhole();
    if (newest !== undefined && newest.createdAt >= promised) return undefined;
    const last = newest === undefined ? 'there is none' : `the newest good one is of ${newest.createdAt.toISOString()}`;
    return `The plan promised a backup at ${promised.toISOString()}, but ${last}.`;
  }

  private async failedRestoreTest(): Promise<Reason | undefined> {
    const { last_restore_test_id: id, last_restore_test_backup_id: backup, status } = await this.integrity.get();
    if (status !== 'failed') return undefined;
    const message = `Restore test ${String(id)} of backup ${String(backup)} failed`;
    const run = id === undefined ? undefined : await this.restores.get(id).catch(() => undefined);
    if (run === undefined) return { message: `${message}.` };
    const { sentence, cause } = failedStepOf(run.steps);
    return {
      message: `${message}: ${sentence ?? ERRORS[run.errorCode ?? 'backups.internal'].message}`,
      cause,
    };
  }

  private async failedRetention(): Promise<Reason | undefined> {
    const { retentionFailures: count, retentionFailure: first } = await this.plans.get();
    if (count === 0) return undefined;
    const message = `Retention could not remove ${count === 1 ? 'a backup' : `${count} backups`}`;
    // The sweep of an earlier version has noted no more than how many.
    if (first === null) return { message: `${message}.` };
    const { backup_id, error_code, cause } = first;
    return {
      message: `${message}, backup ${backup_id} first: ${ERRORS[error_code].message}`,
      ...present({ cause: cause && causeInWords(cause) }),
      about: { backup_id },
    };
  }

  private async lowStorage(isOn: boolean): Promise<string | undefined> {
    const free = await this.storage.freeBytes();
    // Where there is no limit, there is always room.
    if (free === undefined) return undefined;
    const newest = await this.newestWhole();
    const wanted = this.config.notices.minFreeBytes ?? ROOM_FOR_BACKUPS * (newest?.sizeBytes ?? 0);
    if (free >= (isOn ? wanted * ENOUGH_AGAIN : wanted)) return undefined;
    return `The storage has room for ${free} bytes; ${wanted} should be free.`;
  }

  private async newestWhole(): Promise<BackupEntity | undefined> {
    return this.backups.newestGood({ source: 'local' });
  }
}
