import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { Storage, StorageError } from '../../engine/storage/storage';
import { AppConfig } from '../../kernel/config/config';
import { JobPause } from '../../kernel/jobs/job-pause';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { RetryPauses } from '../../kernel/operations/retry-pauses';
import { OperationsService } from '../../kernel/operations/operations.service';
import { BackupRemoval } from '../catalogue/backup-removal.service';
import { BackupRows } from '../catalogue/backup-rows';
import { LeftoverFiles } from '../catalogue/leftover-files';
import { NewFiles } from '../catalogue/new-files';
import { BackupEntity } from '../catalogue/backup.entity';
import { BackupRunner } from './backup-runner';
import { StorageCheck } from '../storage-check/storage-check.service';
import { StorageRescan } from '../storage-check/storage-rescan.service';

/** How often a replica looks for work that another one left behind when it died. */
const LOOK_EVERY_MS = 5_000;
/** A start waits so long for what the storage has to be asked for. */
const START_WAITS_MS = 10_000;

/**
 * Ends the backups of processes that died: a running row whose lock is free is failed as interrupted, and what was written
 * of its file is removed. A published file is whole and stays, because a row alone does not prove whose it is. Then the
 * queue is looked at, for what the dead process left waiting.
 */
@Injectable()
export class BackupRecovery implements OnApplicationBootstrap {
  private readonly logger = new Logger(BackupRecovery.name);
  /** Backups that could not be ended, because the storage is away. */
  private readonly pauses = new RetryPauses();
  private readonly job = this.jobs.declare({
    name: 'backup_recovery',
    everyMs: LOOK_EVERY_MS,
    whilePaused: true,
    complaint: 'could not look for interrupted backups',
    run: () => this.look(),
  });

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    private readonly config: AppConfig,
    private readonly leftovers: LeftoverFiles,
    private readonly newFiles: NewFiles,
    private readonly locks: LockService,
    private readonly jobs: RecurringJobs,
    private readonly runner: BackupRunner,
    private readonly audit: AuditService,
    private readonly removal: BackupRemoval,
    private readonly rescan: StorageRescan,
    private readonly storageCheck: StorageCheck,
    private readonly operations: OperationsService,
    private readonly pause: JobPause,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // An unusable storage does not stop the start, nor does one that is silent for minutes: callers can still read the catalogue and
    // learn that the storage is unusable.
    const onError = (err: unknown): void => {
      if (!this.operations.isClosing) this.logger.warn({ err }, 'the storage could not be looked at');
    };
    const tidied = this.recover().then(() => this.leftovers.start().catch(onError));
    await Promise.race([tidied, delay(START_WAITS_MS, undefined, { ref: false })]);
    void tidied.then(() => this.check()).catch(onError);
    this.runner.kick();
    this.job.start();
  }

  private async check(): Promise<void> {
    if (!this.config.scheduler.enabled) return;
    await this.storageCheck.check(async () => this.operations.isClosing || (await this.pause.isOn()));
  }

  private async look(): Promise<void> {
    await this.recover();
    if (await this.backups.existsBy({ status: 'queued' })) this.runner.kick();
  }

  /** Ends whatever a process was at that is gone; what cannot be ended now does not stop the rest. */
  async recover(): Promise<void> {
    const unfinished = await this.backups.findBy([
      { status: 'running' },
      { status: 'queued', checksum: Not(IsNull()), finishedAt: Not(IsNull()) },
    ]);
    for (const backup of unfinished.filter(({ id }) => this.pauses.isDue(id))) {
      try {
        await this.endWhenDead(backup);
        this.pauses.forget(backup.id);
      } catch (err) {
        this.pauses.failed(backup.id);
        this.logger.warn({ err, backup_id: backup.id }, 'an interrupted backup could not be ended; will try again');
      }
    }
    await this.removal.finishInterrupted();
    await this.rescan.endWhenDead();
  }

  private async endWhenDead({ id, status }: BackupEntity): Promise<void> {
    await this.locks.tryWith(lockName.backupRun(id), 'exclusive', async () => {
      const backup = await this.backups.findOneBy({ id, status });
      if (backup === null) return;
      if (backup.checksum !== null && backup.finishedAt !== null) await this.reinstate(backup);
      else if (status === 'running') await this.endInterrupted(backup);
    });
  }

  /** A finished backup never becomes unfinished: only a writer to the database can have said so. */
  private async reinstate({ id, status }: BackupEntity): Promise<void> {
    if (!(await this.rows.reinstate({ id, status }))) return;
    const details = { backup_id: id, found_status: status, status: 'success' };
    this.logger.error(
      details,
      'a finished backup was marked as unfinished in the control database; it is a success again',
    );
    await this.audit.recordOwn('backups.update', 'success', details);
  }

  private async endInterrupted({ id, storageName }: BackupEntity): Promise<void> {
    const storage = await this.newFiles.storageOf(id);
    const published = storageName !== null && (await isPublished(storage, storageName)) ? storageName : undefined;
    if (storageName !== null && published === undefined) {
      await storage.removeLeftovers(
        async (name) => name !== storageName || (await this.leftovers.isBeingImported(name)),
      );
    }
    await this.rows.interrupt(id, published !== undefined);
    await this.newFiles.forget(id);
    if (published !== undefined) {
      this.logger.warn(
        { backup_id: id, filename: published },
        'the file of an interrupted backup is whole and stays; a rescan of the storage adopts it',
      );
    }
    this.logger.warn({ backup_id: id, error_code: 'backups.interrupted', recovered: true }, 'backup failed');
    await this.audit.recordOwn('backups.create', 'failed', {
      backup_id: id,
      error_code: 'backups.interrupted',
      kept_file: published,
    });
  }
}

async function isPublished(storage: Storage, name: string): Promise<boolean> {
  try {
    return (await storage.stat(name)) !== undefined;
  } catch (error) {
    // A name that the storage does not take is not one of its files.
    if (error instanceof StorageError && error.fault === 'bad_name') return false;
    throw error;
  }
}
