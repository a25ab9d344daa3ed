import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { Storage, StorageError } from '../engine/storage/storage';
import { AppError } from '../kernel/errors/app-error';
import { lockName, type LockSession } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { BackupEntity, type RemovedBy } from './backup.entity';

/**
 * Removes backups: the row is marked, the file removed, the row deleted, in this order. From the mark on nobody sees the
 * backup any more, and whoever finds a mark that nobody is at finishes what was begun.
 */
@Injectable()
export class BackupRemoval {
  private readonly logger = new Logger(BackupRemoval.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly storage: Storage,
    private readonly locks: LockService,
    private readonly audit: AuditService,
  ) {}

  /**
   * @param by what was pinned meanwhile is not removed for retention
   * @returns what has been removed
   * @throws AppError `backups.not_found`, `backups.file_busy` while it is made, downloaded, verified or restored
   */
  async remove(id: number, by: RemovedBy): Promise<BackupEntity> {
    return this.alone(id, async () => {
      const backup = await this.backups.findOneBy({ id, removing: IsNull() });
      if (backup === null) throw new AppError('backups.not_found');
      const isWorkedOn = backup.status === 'queued' || backup.status === 'running';
      if (isWorkedOn || (by === 'retention' && backup.pinned)) throw new AppError('backups.file_busy');
      await this.backups.update({ id }, { removing: by });
      await this.finish(backup);
      return backup;
    });
  }

  /** Whether somebody makes, downloads, verifies or restores it now, on any replica. */
  async isInUse(id: number): Promise<boolean> {
    const session = await this.locks.open();
    try {
      return !(await takeAlone(session, id));
    } finally {
      await session.close();
    }
  }

  /** Ends the removals of processes that died; one that cannot be ended does not stop the others. */
  async finishInterrupted(): Promise<void> {
    for (const { id } of await this.backups.findBy({ removing: Not(IsNull()) })) {
      try {
        await this.alone(id, () => this.finishMarked(id));
      } catch (error) {
        if (error instanceof AppError && error.code === 'backups.file_busy') continue;
        this.logger.warn(
          { err: error, backup_id: id },
          'the removal of a backup could not be finished; will try again',
        );
      }
    }
  }

  private async finishMarked(id: number): Promise<void> {
    const backup = await this.backups.findOneBy({ id, removing: Not(IsNull()) });
    if (backup === null) return;
    await this.finish(backup);
    const action = backup.removing === 'retention' ? 'backups.retention.deleted' : 'backups.delete';
    await this.audit.recordOwn(action, 'success', { backup_id: id, recovered: true });
  }

  private async finish({ id, storageName }: BackupEntity): Promise<void> {
    if (storageName !== null) await this.removeFile(storageName);
    await this.backups.delete({ id });
  }

  private async removeFile(name: string): Promise<void> {
    try {
      await this.storage.remove(name);
    } catch (error) {
      // A name that the storage does not take is none of its files: there is nothing that could be removed.
      if (!(error instanceof StorageError && error.fault === 'bad_name')) throw error;
    }
  }

  private async alone<T>(id: number, work: () => Promise<T>): Promise<T> {
    const session = await this.locks.open();
    try {
      const isFree = await takeAlone(session, id);
      // What is not there is told as such, not as busy.
      if (!isFree && (await this.backups.existsBy({ id }))) throw new AppError('backups.file_busy');
      return await work();
    } finally {
      await session.close();
    }
  }
}

async function takeAlone(session: LockSession, id: number): Promise<boolean> {
  return (
    (await session.tryLock(lockName.backupRun(id), 'exclusive')) &&
    (await session.tryLock(lockName.backupFile(id), 'exclusive'))
  );
}
