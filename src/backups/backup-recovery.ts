import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { Storage } from '../engine/storage/storage';
import { AppConfig } from '../kernel/config/config';
import { Clock } from '../kernel/clock/clock';
import { lockName } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { OperationsService } from '../kernel/operations/operations.service';
import { BackupRemoval } from './backup-removal.service';
import { BackupEntity } from './backup.entity';
import { BackupRunner } from './backup-runner';
import { StorageCheck } from './storage-check.service';
import { StorageRescan } from './storage-rescan.service';

/** How often a replica looks for work that another one left behind when it died. */
const LOOK_EVERY_MS = 5_000;

/**
 * Ends the backups of processes that died: a running row whose lock nobody holds is failed as interrupted and its file,
 * finished or not, removed. Then the queue is looked at, for whatever the dead process left waiting.
 */
@Injectable()
export class BackupRecovery implements OnApplicationBootstrap {
  private readonly logger = new Logger(BackupRecovery.name);
  private looking: Promise<void> | undefined;

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly storage: Storage,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly runner: BackupRunner,
    private readonly audit: AuditService,
    private readonly removal: BackupRemoval,
    private readonly rescan: StorageRescan,
    private readonly storageCheck: StorageCheck,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.recover();
    // A storage that cannot be used now keeps nobody from looking at what there is, nor from being told so.
    const onError = (err: unknown): void => this.logger.warn({ err }, 'the storage could not be looked at');
    await this.removeLeftovers().catch(onError);
    if (this.config.scheduler.enabled) await this.storageCheck.check().catch(onError);
    this.runner.kick();
  }

  @Interval(LOOK_EVERY_MS)
  look(): void {
    if (this.looking !== undefined || this.operations.isClosing) return;
    this.looking = this.recover()
      .then(async () => {
        if (await this.backups.existsBy({ status: 'queued' })) this.runner.kick();
      })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'could not look for interrupted backups'))
      .finally(() => (this.looking = undefined));
  }

  /** Ends whatever a process was at that is gone; what cannot be ended now does not stop the rest. */
  async recover(): Promise<void> {
    const running = await this.backups.findBy({ status: 'running' });
    for (const backup of running) {
      await this.endWhenDead(backup).catch((err: unknown) =>
        this.logger.warn({ err, backup_id: backup.id }, 'an interrupted backup could not be ended; will try again'),
      );
    }
    await this.removal.finishInterrupted();
    await this.rescan.endWhenDead();
  }

  /** Temporary files in the storage that no living run is writing. */
  private async removeLeftovers(): Promise<void> {
    // Asked for each file when it is seen: another replica may have begun one since the directory was read.
    await this.storage.removeLeftovers(
      async (name) =>
        (await this.backups.existsBy({ storageName: name, status: 'running' })) || (await this.isBeingImported(name)),
    );
  }

  private async isBeingImported(name: string): Promise<boolean> {
    const session = await this.locks.open();
    try {
      return !(await session.tryLock(lockName.importing(name), 'exclusive'));
    } finally {
      await session.close();
    }
  }

  private async endWhenDead(backup: BackupEntity): Promise<void> {
    const session = await this.locks.open();
    try {
      if (!(await session.tryLock(lockName.backupRun(backup.id), 'exclusive'))) return;
      if (!(await this.backups.existsBy({ id: backup.id, status: 'running' }))) return;
      if (backup.storageName !== null) {
        await this.storage.removeLeftovers((name) => name !== backup.storageName);
        await this.storage.remove(backup.storageName);
      }
      const now = this.clock.now();
      await this.backups.update(
        { id: backup.id },
        { status: 'failed', errorCode: 'backups.interrupted', progress: null, updatedAt: now, finishedAt: now },
      );
      await this.audit.recordOwn('backups.create', 'failed', {
        backup_id: backup.id,
        error_code: 'backups.interrupted',
      });
    } finally {
      await session.close();
    }
  }
}
