import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { copyFile } from '../../engine/storage/copy-file';
import { AppError } from '../../kernel/errors/app-error';
import { sanitize } from '../../kernel/errors/sanitize';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { sinceMs } from '../../kernel/operations/run-line';
import { type FurtherStorage, FurtherStorages } from '../../kernel/storage/further-storages';
import { BackupFiles, type OpenedBackup } from '../catalogue/backup-files';
import { BackupEntity } from '../catalogue/backup.entity';
import { CopyRows, type DueCopy } from '../catalogue/copy-rows';

const LOOK_EVERY_MS = 5_000;

/**
 * Copies each good backup to each further storage, newest first. For each storage there is one copier over all replicas, so a storage that is away
 * or slow keeps no other waiting. What is to be done follows from the rows, so nothing is lost when a process dies.
 */
@Injectable()
export class Copier implements OnApplicationBootstrap {
  private readonly logger = new Logger(Copier.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly further: FurtherStorages,
    private readonly rows: CopyRows,
    private readonly files: BackupFiles,
    private readonly locks: LockService,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    for (const storage of this.further.all) {
      this.jobs
        .declare({
          name: `copies_${storage.name}`,
          everyMs: LOOK_EVERY_MS,
          lock: lockName.copies(storage.name),
          whilePaused: true,
          complaint: 'backups could not be copied to a further storage',
          run: (signal) => this.catchUp(storage, signal),
        })
        .start();
    }
  }

  private async catchUp(to: FurtherStorage, signal: AbortSignal): Promise<void> {
    for (let due = await this.rows.nextDue(to.name); due !== undefined; due = await this.rows.nextDue(to.name)) {
      signal.throwIfAborted();
      if (!(await this.copy(due, to, signal))) return;
    }
  }

  /** @returns false when the backup is being removed: the next turn sees what has become of it */
  private async copy({ backup: { id }, wasBegun }: DueCopy, to: FurtherStorage, signal: AbortSignal): Promise<boolean> {
    const beganAtMs = performance.now();
    let opened: OpenedBackup | undefined;
    try {
      opened = await this.files.open(id);
      const { storageName: name, checksum, sizeBytes } = opened.backup;
      await this.rows.begin(id, to.name);
      if (wasBegun) await this.removeLeftovers(to);
      await copyFile({ name, checksum, file: opened.file }, to.storage, signal);
      await this.rows.succeed(id, to.name, checksum);
      const line = { backup_id: id, storage: to.name, size_bytes: sizeBytes, duration_ms: sinceMs(beganAtMs) };
      this.logger.log(line, 'a backup was copied');
    } catch (err) {
      signal.throwIfAborted();
      if (err instanceof AppError && (err.code === 'backups.file_busy' || err.code === 'backups.not_found'))
        return false;
      const { code } = sanitize(err);
      this.logger.warn({ err, backup_id: id, storage: to.name, error_code: code }, 'a backup could not be copied');
      await this.rows.fail(id, to.name, code);
    } finally {
      await opened?.close();
    }
    return true;
  }

  /** Of a copier that died. Should the storage be the first one by another name, what is being made or imported there stays. */
  private async removeLeftovers({ storage }: FurtherStorage): Promise<void> {
    await storage.removeLeftovers(async (name) => {
      if (await this.backups.existsBy({ storageName: name, status: 'running' })) return true;
      return (await this.locks.held([lockName.importing(name)])).size > 0;
    });
  }
}
