import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { ContainerError } from '../../engine/container/format/container-error';
import { digestOf } from '../../engine/storage/file-digest';
import { type FileState, Storage, StorageError, type StoredFile } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { DAY_MS, MINUTE_MS } from '../../kernel/clock/durations';
import { AppConfig } from '../../kernel/config/config';
import { FIRST_STORAGE } from '../../kernel/config/first-storage';
import { AppError } from '../../kernel/errors/app-error';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { unlessAborted } from '../../kernel/operations/unless-aborted';
import { BackupRows, type KnownFile } from '../catalogue/backup-rows';
import type { BackupEntity } from '../catalogue/backup.entity';
import { FilesToRead } from '../catalogue/files-to-read';
import { RekeyedFiles } from './rekeyed-files';

/** What cannot be decided now is left alone for so long; what is damaged is looked at again after it. */
const AGAIN_AFTER_MS = DAY_MS;

/** A backup with its file, as its row tells. */
type FiledBackup = BackupEntity & KnownFile;

/**
 * Reads each file of the first storage in full once in a while, one at a time, so that a storage that loses bytes is known before they
 * are needed. What it finds damaged is replaced from a copy by the healer, where there is one.
 */
@Injectable()
export class FullCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger(FullCheck.name);
  /** By backup, until when it is left alone, milliseconds since 1970. */
  private readonly waiting = new Map<number, number>();
  /** Files that could not be read to their end the last time, by backup and version. */
  private readonly unreadable = new Set<string>();

  constructor(
    private readonly first: Storage,
    private readonly files: FilesToRead,
    private readonly rows: BackupRows,
    private readonly rekeyed: RekeyedFiles,
    private readonly locks: LockService,
    private readonly jobs: RecurringJobs,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs
      .declare({
        name: 'check_first_storage',
        everyMs: MINUTE_MS,
        lock: lockName.copyCheck(FIRST_STORAGE),
        complaint: 'a file of the first storage could not be read in full',
        run: (signal) => unlessAborted(this.checkNext(signal), signal),
      })
      .start();
  }

  /**
   * Reads the file whose turn it is, if any.
   *
   * @throws StorageError when the storage does not answer; the file is then left as it is
   */
  async checkNext(signal: AbortSignal): Promise<void> {
    const nowMs = this.clock.now().getTime();
    for (const [id, untilMs] of this.waiting) if (untilMs <= nowMs) this.waiting.delete(id);
    const backup = await this.files.next(new Date(nowMs - this.config.copyVerifyDays * DAY_MS), {
      damagedBefore: new Date(nowMs - AGAIN_AFTER_MS),
      except: [...this.waiting.keys()],
    });
    if (backup === undefined) return;
    const { storageName, checksum } = backup;
    if (storageName === null || checksum === null) return;
    const release = await this.locks.tryRead(lockName.backupFile(backup.id));
    // It is being removed.
    if (release === undefined) return;
    try {
      await this.check(Object.assign(backup, { storageName, checksum }), signal);
    } catch (error) {
      signal.throwIfAborted();
      // The others have their turn meanwhile.
      this.leave(backup);
      throw error;
    } finally {
      await release();
    }
  }

  private async check(backup: FiledBackup, signal: AbortSignal): Promise<void> {
    const found = await this.first.stat(backup.storageName);
    // The daily check looks at all files, and so tells one that is gone from a storage that is not mounted.
    if (found === undefined || found.sizeBytes !== backup.sizeBytes) this.leave(backup);
    // It is still what it was when it was found damaged.
    else if (found.version === backup.damagedVersion) await this.rows.noteDamaged(backup, found.version);
    else await this.read(backup, found, signal);
  }

  private async read(backup: FiledBackup, found: FileState, signal: AbortSignal): Promise<void> {
    const verdict = await this.judge(backup, found, signal);
    if (verdict === 'whole') await this.rows.noteRead(backup, found.version);
    if (verdict === 'whole' || verdict === 'rekeyed') return;
    const now = await this.first.stat(backup.storageName);
    // It was replaced while it was read, or `bscc rekey` is at it: the next turn reads what there is then.
    if (now?.version !== found.version) return;
    if (verdict === 'of another key') {
      this.logger.warn({ backup_id: backup.id }, 'the file of a backup is sealed with a key that the key ring lacks');
      this.leave(backup);
      return;
    }
    // A storage may fail for a moment in the middle of a file.
    if (verdict === 'unreadable' && !this.unreadable.delete(`${backup.id} ${found.version}`)) {
      this.unreadable.add(`${backup.id} ${found.version}`);
      return;
    }
    this.logger.error({ backup_id: backup.id, state: verdict }, 'the file of a backup is damaged');
    await this.rows.noteDamaged(backup, verdict === 'unreadable' ? '' : found.version);
  }

  /** What is there, once all of it has been read. */
  private async judge(
    backup: FiledBackup,
    found: FileState,
    signal: AbortSignal,
  ): Promise<'whole' | 'rekeyed' | 'of another key' | 'unreadable' | 'damaged'> {
    let file: StoredFile | undefined;
    try {
      file = await this.first.open(backup.storageName);
      // Of what was opened, and not looked at, nothing is said.
      if (file.version === found.version && (await digestOf(file, signal)) === backup.checksum) return 'whole';
      return await this.whyOther(backup, file, signal);
    } catch (err) {
      signal.throwIfAborted();
      if (!(err instanceof StorageError || err instanceof ContainerError)) throw err;
      // A storage that is away would have all files damaged: asked afterwards, it throws.
      this.logger.warn({ err, backup_id: backup.id }, 'the file of a backup cannot be read to its end');
      return 'unreadable';
    } finally {
      await file?.close();
    }
  }

  /** `bscc rekey` leaves another file of the same size, which must not be taken for a damaged one: a copy would undo it. */
  private async whyOther(
    backup: FiledBackup,
    file: StoredFile,
    signal: AbortSignal,
  ): Promise<'rekeyed' | 'of another key' | 'damaged'> {
    try {
      if (!(await this.rekeyed.takeNewKey(backup, file, signal))) return 'damaged';
      this.logger.log({ backup_id: backup.id }, 'the file of a backup was sealed with another key');
      return 'rekeyed';
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ContainerError) return error.fault === 'key_not_in_ring' ? 'of another key' : 'damaged';
      if (error instanceof AppError && error.code === 'backups.checksum_mismatch') return 'damaged';
      throw error;
    }
  }

  private leave({ id }: BackupEntity): void {
    this.waiting.set(id, this.clock.now().getTime() + AGAIN_AFTER_MS);
  }
}
