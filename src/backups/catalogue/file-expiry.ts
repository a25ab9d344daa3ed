import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { type FileState, StorageError } from '../../engine/storage/storage';
import { AppError } from '../../kernel/errors/app-error';
import { lockName } from '../../kernel/operations/lock-session';
import { sinceMs } from '../../kernel/operations/run-line';
import { SCHEDULER } from '../../kernel/request/caller';
import { AloneWithBackup, busy } from './alone-with-backup';
import { BackupPlaces, type FilesInStorage } from './backup-places';
import { filenameOf } from './backup-removal.service';
import { BackupRows } from './backup-rows';
import { BackupEntity, type FileExpiry as Expired } from './backup.entity';
import { CopyRows } from './copy-rows';

/** Why the file of a backup goes from one storage. */
export interface ExpiryInStorage {
  /** Name of the storage. */
  readonly storage: string;
  /** For the record. */
  readonly reason: string;
  /** Which storages keep it and have it, as of now; `undefined` when it is not to be removed any more. */
  readonly keepers: () => Promise<readonly string[] | undefined>;
}

type FiledBackup = BackupEntity & { storageName: string };

/**
 * Removes the file of a backup from one storage, which does not keep it, while another one does. The row is marked, the file removed, the
 * row is told so: if the process dies in between, the next sweep of retention finishes it, or takes the mark off.
 */
@Injectable()
export class FileExpiry {
  private readonly logger = new Logger(FileExpiry.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    private readonly copies: CopyRows,
    private readonly places: BackupPlaces,
    private readonly alone: AloneWithBackup,
    private readonly audit: AuditService,
  ) {}

  /**
   * Removes it, and records that, unless no other storage is found to have it.
   *
   * @throws AppError `backups.not_found`, `backups.file_busy` also when it is to stay, `backups.file_locked` while the storage keeps it;
   *   StorageError
   */
  async expireIn(id: number, expiry: ExpiryInStorage): Promise<void> {
    await this.alone.during(id, async (session) => {
      const beganAtMs = performance.now();
      const { storage, reason } = expiry;
      const backup = await this.filed(id);
      const files = await this.places.in(storage, backup);
      if (files === undefined) throw busy('The storage is not configured.');
      const states = await statesOf(files);
      refuseLocked(states);
      const asked = (await expiry.keepers()) ?? [];
      const keeper = await this.places.oneThatHasIt(asked, backup, states);
      await session.lock(lockName.removal, 'exclusive', session.signal);
      try {
        const keepers = keeper === undefined ? undefined : await expiry.keepers();
        if (keeper === undefined || keepers?.includes(keeper) !== true) {
          await this.takeBack(backup, files);
          throw busy('No other storage that keeps it has it.');
        }
        if (!(await this.note(id, files, 'removing'))) throw busy('It is being removed.');
      } finally {
        await session.release(lockName.removal, 'exclusive');
      }
      await this.remove(backup, files);
      await this.backups.manager.transaction(async (manager) => {
        if (!(await this.note(id, files, 'expired', manager))) return;
        const details = { backup_id: id, storage, reason, ...filenameOf(backup) };
        const action = 'backups.retention.deleted';
        await this.audit.recordIn(manager, { action, actor: SCHEDULER, actorRoles: [], details, result: 'success' });
      });
      const line = { backup_id: id, storage, reason, duration_ms: sinceMs(beganAtMs) };
      this.logger.log(line, 'the file of a backup was removed from a storage that does not keep it');
    });
  }

  private async filed(id: number): Promise<FiledBackup> {
    const backup = await this.backups.findOneBy({ id, removing: IsNull(), status: 'success' });
    if (backup === null || backup.storageName === null) throw new AppError('backups.not_found');
    return Object.assign(backup, { storageName: backup.storageName });
  }

  private async note(
    id: number,
    { copy }: FilesInStorage,
    state: Expired,
    manager?: Parameters<BackupRows['noteFirstExpiry']>[2],
  ): Promise<boolean> {
    if (copy === undefined) return this.rows.noteFirstExpiry(id, state, manager);
    return this.copies.noteExpiry(copy, state, manager);
  }

  private async remove(backup: FiledBackup, files: FilesInStorage): Promise<void> {
    try {
      for (const name of files.names) await files.storage.remove(name);
    } catch (error) {
      if (!(error instanceof StorageError && error.fault === 'locked')) throw error;
      await this.takeBack(backup, files);
      throw new AppError('backups.file_locked', { cause: error });
    }
  }

  /** A process may have died when the file was marked: what is still there is the backup's again. */
  private async takeBack({ id, storageName, firstExpiry }: FiledBackup, files: FilesInStorage): Promise<void> {
    const { copy, storage } = files;
    if (copy !== undefined) {
      const isThere = (await storage.stat(storageName)) !== undefined;
      await this.copies.takeBack(copy, isThere ? 'present' : 'missing');
      return;
    }
    // A file that is gone is then found to be missing.
    if (firstExpiry !== 'expired') await this.rows.noteFirstExpiry(id, null);
  }
}

async function statesOf({ storage, names }: FilesInStorage): Promise<FileState[]> {
  const states = await Promise.all(names.map((name) => storage.stat(name)));
  return states.filter((state) => state !== undefined);
}

/** The time is not known of every lock; one without is found when the file is removed. */
function refuseLocked(states: readonly FileState[]): void {
  for (const { lockedUntil } of states) {
    if (lockedUntil === undefined) continue;
    throw new AppError('backups.file_locked', { details: { locked_until: lockedUntil.toISOString() } });
  }
}
