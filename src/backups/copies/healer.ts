import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { copyFile } from '../../engine/storage/copy-file';
import { Storage, StorageError } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../kernel/clock/durations';
import { FIRST_STORAGE } from '../../kernel/config/first-storage';
import { AppError } from '../../kernel/errors/app-error';
import { sanitize } from '../../kernel/errors/sanitize';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { unlessAborted } from '../../kernel/operations/unless-aborted';
import { FurtherStorages } from '../../kernel/storage/further-storages';
import { BackupFiles } from '../catalogue/backup-files';
import { BackupPlaces } from '../catalogue/backup-places';
import { BackupRows } from '../catalogue/backup-rows';
import type { BackupEntity } from '../catalogue/backup.entity';
import { FaultyFiles } from '../catalogue/faulty-files';

/** A copy that did not help is not read again sooner. What the storage keeps, it keeps for days. */
const AGAIN_AFTER_MS = HOUR_MS;
const LOCKED_AGAIN_AFTER_MS = DAY_MS;

/**
 * Brings files that the first storage has lost or damaged back from copies. A storage that has lost more than it has is not mounted, or
 * is another one: then an administrator decides. What was found damaged was there and was read, so it is no sign of that; nor is a backup
 * that the storage did not take when it was made.
 */
@Injectable()
export class Healer implements OnApplicationBootstrap {
  private readonly logger = new Logger(Healer.name);
  /** By backup, until when it is left alone, milliseconds since 1970. */
  private readonly waiting = new Map<number, number>();

  constructor(
    private readonly first: Storage,
    private readonly further: FurtherStorages,
    private readonly places: BackupPlaces,
    private readonly files: BackupFiles,
    private readonly faultyFiles: FaultyFiles,
    private readonly rows: BackupRows,
    private readonly jobs: RecurringJobs,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.further.all.length === 0) {
      await this.loseAwaited();
      return;
    }
    this.jobs
      .declare({
        name: 'heal_first_storage',
        everyMs: MINUTE_MS,
        lock: lockName.copies(FIRST_STORAGE),
        complaint: 'files of the first storage could not be brought back from copies',
        run: (signal) => unlessAborted(this.heal(signal), signal),
      })
      .start();
  }

  /** Brings what it did not take when it was made, then what the latest checks have found missing, of another size, or damaged. */
  async heal(signal: AbortSignal): Promise<void> {
    const { faulty, awaited, good } = await this.faultyFiles.find();
    const damaged = faulty.filter(({ fileFault }) => fileFault === 'damaged');
    const isThere = faulty.length - damaged.length <= good + damaged.length;
    const lacking = [...awaited, ...(isThere ? faulty : damaged)];
    if (lacking.length === 0) return;
    const copied = await this.places.copied(lacking);
    const nowMs = this.clock.now().getTime();
    for (const backup of lacking) {
      signal.throwIfAborted();
      // What it never had, and no other storage has any more, is lost.
      if (!copied.has(backup.id) && backup.firstError !== null) await this.rows.noteFault(backup, 'missing');
      if (!copied.has(backup.id) || (this.waiting.get(backup.id) ?? 0) > nowMs) continue;
      if (!(await this.healOne(backup, signal))) return;
    }
  }

  /** There is no further storage any more that could have what the first one did not take. */
  private async loseAwaited(): Promise<void> {
    const { awaited } = await this.faultyFiles.find();
    for (const backup of awaited) await this.rows.noteFault(backup, 'missing');
  }

  /** Whether it is the first storage, and not one that has a copy. A full one is there. */
  private async isFirstAway(): Promise<boolean> {
    return this.first.tryOut().then(
      () => false,
      (error: unknown) => !(error instanceof StorageError && error.fault === 'no_space'),
    );
  }

  /** @returns false when the first storage is away */
  private async healOne({ id, fileFault, storageName }: BackupEntity, signal: AbortSignal): Promise<boolean> {
    try {
      // Since it was found damaged it is gone: that may be all of the storage, which the daily check tells.
      const isGone = fileFault === 'damaged' && (await this.first.stat(storageName ?? '')) === undefined;
      if (isGone) return true;
      const opened = await this.files.open(id);
      const { backup, file } = opened;
      try {
        await copyFile({ name: backup.storageName, checksum: backup.checksum, file }, this.first, signal);
        await this.rows.noteHealed(backup);
        this.logger.warn({ backup_id: id }, 'the file of a backup was brought to the first storage from a copy');
      } finally {
        await opened.close();
      }
      return true;
    } catch (err) {
      signal.throwIfAborted();
      if (err instanceof AppError && (err.code === 'backups.file_busy' || err.code === 'backups.not_found'))
        return true;
      const { code } = sanitize(err);
      const isAway = code === 'backups.storage_unavailable' && (await this.isFirstAway());
      const waitMs = code === 'backups.file_locked' ? LOCKED_AGAIN_AFTER_MS : AGAIN_AFTER_MS;
      // Once the storage is back, the next turn goes on.
      if (!isAway) this.waiting.set(id, this.clock.now().getTime() + waitMs);
      this.logger.warn({ err, backup_id: id, error_code: code }, 'the file of a backup could not be brought back');
      return !isAway;
    }
  }
}
