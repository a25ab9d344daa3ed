import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import type { AuditAction } from '../../audit/audit-action';
import { AuditService } from '../../audit/audit.service';
import { present } from '../../engine/optional/present';
import { StorageError } from '../../engine/storage/storage';
import { SCHEDULER } from '../../kernel/request/caller';
import { sinceMs } from '../../kernel/operations/run-line';
import { AppError } from '../../kernel/errors/app-error';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { RetryPauses } from '../../kernel/operations/retry-pauses';
import { AloneWithBackup, busy } from './alone-with-backup';
import { BackupPlaces } from './backup-places';
import { BackupRows } from './backup-rows';
import { BackupEntity } from './backup.entity';
import { isFinal } from './run-status';

/** Why retention removes a backup. */
export interface Expiry {
  /** For the record. */
  reason: string;
  /** Asked when no process can read, remove or make it any more: what was true before may have changed. */
  isStillTrue: () => Promise<boolean>;
}

/** A removal that no route records. */
interface OwnRecord {
  action: AuditAction;
  actor: string;
  details: Readonly<Record<string, unknown>>;
}

/**
 * Removes backups: the row is marked, the file removed, the row deleted, in this order. A marked backup is hidden. If the
 * process dies after the file was removed, the next recovery pass deletes the row. If it dies before, recovery takes the
 * mark off: a mark in the database alone does not prove that an administrator, or the plan, wanted the removal.
 */
@Injectable()
export class BackupRemoval {
  private readonly logger = new Logger(BackupRemoval.name);
  /** Removals that could not be finished: a storage that is away keeps each waiting, and each is told. */
  private readonly interrupted = new RetryPauses();

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    private readonly places: BackupPlaces,
    private readonly locks: LockService,
    private readonly alone: AloneWithBackup,
    private readonly audit: AuditService,
  ) {}

  /**
   * Removes what a caller wants to be removed.
   *
   * @returns what has been removed
   * @throws AppError `backups.not_found`, `backups.file_busy` while it is made, downloaded, verified or restored,
   *   `backups.file_locked` while the storage keeps it
   */
  async remove(id: number): Promise<BackupEntity> {
    return this.alone.during(id, async (session) => {
      const backup = await this.mark(session, id);
      await this.finish(backup);
      return backup;
    });
  }

  /**
   * Removes for retention, and records it.
   *
   * @throws AppError `backups.not_found`, `backups.file_busy` also when it is pinned or may go no longer
   */
  async expire(id: number, expiry: Expiry): Promise<void> {
    await this.alone.during(id, async (session) => {
      const backup = await this.mark(session, id, expiry);
      const details = { backup_id: id, reason: expiry.reason, ...filenameOf(backup) };
      await this.finish(backup, { action: 'backups.retention.deleted', actor: SCHEDULER, details });
    });
  }

  /** Those of the backups that are made, downloaded, verified or restored now, on any replica. */
  async inUse(ids: readonly number[]): Promise<Set<number>> {
    const held = await this.locks.held(ids.flatMap((id) => [lockName.backupRun(id), lockName.backupFile(id)]));
    return new Set(ids.filter((id) => held.has(lockName.backupRun(id)) || held.has(lockName.backupFile(id))));
  }

  /** Ends the removals of processes that died; one that cannot be ended does not stop the others. */
  async finishInterrupted(): Promise<void> {
    for (const { id } of await this.backups.findBy({ removing: Not(IsNull()) })) {
      if (!this.interrupted.isDue(id)) continue;
      try {
        await this.alone.during(id, () => this.finishMarked(id));
        this.interrupted.forget(id);
      } catch (error) {
        if (error instanceof AppError && error.code === 'backups.file_busy') continue;
        this.interrupted.failed(id);
        this.logger.warn(
          { err: error, backup_id: id },
          'the removal of a backup could not be finished; will try again',
        );
      }
    }
  }

  /** One at a time over all replicas: whether one may go depends on which others stay. */
  private async mark(session: LockSession, id: number, expiry?: Expiry): Promise<BackupEntity> {
    // A storage that does not answer must not keep other backups from being removed.
    await this.refuseKept(await this.ended(id), expiry);
    await session.lock(lockName.removal, 'exclusive', session.signal);
    try {
      const backup = await this.ended(id);
      if ((await expiry?.isStillTrue()) === false) throw new AppError('backups.file_busy');
      const isMarked = await this.rows.markRemoving(id, expiry === undefined ? 'caller' : 'retention');
      if (!isMarked) throw new AppError('backups.file_busy');
      return backup;
    } finally {
      await session.release(lockName.removal, 'exclusive');
    }
  }

  private async ended(id: number): Promise<BackupEntity> {
    const backup = await this.backups.findOneBy({ id, removing: IsNull() });
    if (backup === null) throw new AppError('backups.not_found');
    if (!isFinal(backup.status)) throw busy('It has not ended: cancel it, or wait for its end.');
    return backup;
  }

  private async finishMarked(id: number): Promise<void> {
    const backup = await this.backups.findOneBy({ id, removing: Not(IsNull()) });
    if (backup === null) return;
    if (backup.storageName !== null && (await this.isThere(backup.storageName))) {
      await this.rows.unmarkRemoving(id);
      this.logger.warn(
        { backup_id: id, filename: backup.storageName, marked_by: backup.removing },
        'a backup was marked for removal and its file is there; the mark is taken off and the backup stays',
      );
      return;
    }
    const isExpired = backup.removing === 'retention';
    await this.finish(backup, {
      action: isExpired ? 'backups.retention.deleted' : 'backups.delete',
      actor: isExpired ? SCHEDULER : 'service',
      details: { backup_id: id, ...filenameOf(backup), recovered: true },
    });
  }

  /** The row is deleted and its record written together: once the row is gone, nothing else shows that it was removed. */
  private async finish({ id, sizeBytes, storageName }: BackupEntity, record?: OwnRecord): Promise<void> {
    const beganAtMs = performance.now();
    if (storageName !== null) await this.removeFile(id, storageName);
    await this.backups.manager.transaction(async (manager) => {
      const isGone = await this.rows.delete(id, manager);
      if (!isGone || record === undefined) return;
      await this.audit.recordIn(manager, { ...record, actorRoles: [], result: 'success' });
    });
    const line = { backup_id: id, size_bytes: sizeBytes, duration_ms: sinceMs(beganAtMs), ...record?.details };
    this.logger.log(line, 'a backup was removed');
  }

  private async isThere(name: string): Promise<boolean> {
    try {
      return await this.places.isThere(name);
    } catch (error) {
      if (error instanceof StorageError && error.fault === 'bad_name') return false;
      throw error;
    }
  }

  /** Before it is marked, because a marked backup is hidden, and this one stays. */
  private async refuseKept(backup: BackupEntity, expiry?: Expiry): Promise<void> {
    const { storageName } = backup;
    if (storageName === null) return;
    const { lockedUntil, isCopyAlone } = await this.places.beforeRemoval(storageName, backup).catch(unlessBadName);
    // Whatever the rows of copies say: retention does not remove the last file of a backup that the first storage has lost.
    if (expiry !== undefined && backup.status === 'success' && isCopyAlone)
      throw busy('Only a further storage has its file.');
    if (lockedUntil === undefined) return;
    throw new AppError('backups.file_locked', { details: { locked_until: lockedUntil.toISOString() } });
  }

  private async removeFile(id: number, name: string): Promise<void> {
    try {
      await this.places.remove({ id, storageName: name });
    } catch (error) {
      if (error instanceof StorageError && error.fault === 'locked') {
        await this.rows.unmarkRemoving(id);
        throw new AppError('backups.file_locked', { cause: error });
      }
      // A name that the storage does not take is none of its files: there is nothing that could be removed.
      if (!(error instanceof StorageError && error.fault === 'bad_name')) throw error;
    }
  }
}

/** A name that the storage does not take is none of its files. */
function unlessBadName(error: unknown): { lockedUntil?: Date; isCopyAlone: boolean } {
  if (error instanceof StorageError && error.fault === 'bad_name') return { isCopyAlone: false };
  throw error;
}

/** For records. */
export function filenameOf({ storageName }: BackupEntity): { filename?: string } {
  return present({ filename: storageName });
}
