import { Injectable } from '@nestjs/common';
import type { StoredFile } from '../../engine/storage/storage';
import { AppError } from '../../kernel/errors/app-error';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import type { BackupEntity } from './backup.entity';
import { BackupPlaces } from './backup-places';
import { BackupsService } from './backups.service';
import { FileCheck } from './file-check.service';

/** A container opened for reading, protected from removal until `close`. */
export interface OpenedBackup {
  backup: BackupEntity & { storageName: string; checksum: string };
  file: StoredFile;
  /** May be called more than once. */
  close(): Promise<void>;
}

/** Opens the containers of backups. */
@Injectable()
export class BackupFiles {
  constructor(
    private readonly backups: BackupsService,
    private readonly places: BackupPlaces,
    private readonly locks: LockService,
    private readonly fileCheck: FileCheck,
  ) {}

  /**
   * Opens the container of a finished backup, or a copy of it where the first storage does not give it. A storage that fails while it is
   * read is left for the next one. Until it is closed, no replica can remove it.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready`, `backups.file_busy` (being removed), `backups.file_missing`,
   *   `backups.checksum_mismatch` (the file does not have the recorded size)
   */
  async open(id: number): Promise<OpenedBackup> {
    return this.openWith(id, () => Promise.resolve());
  }

  /**
   * Opens a container whose bytes are those that were written, in each storage that is read.
   *
   * @throws AppError as {@link open}, and `backups.checksum_mismatch` also when the file was changed
   */
  async openUnchanged(id: number): Promise<OpenedBackup> {
    return this.openWith(id, (backup, file) => this.fileCheck.ensureUnchanged(backup, file));
  }

  private async openWith(
    id: number,
    admit: (backup: BackupEntity, file: StoredFile) => Promise<void>,
  ): Promise<OpenedBackup> {
    const release = await this.locks.tryRead(lockName.backupFile(id));
    if (release === undefined) throw new AppError('backups.file_busy');
    let file: StoredFile | undefined;
    const close = once(async () => {
      try {
        await file?.close();
      } finally {
        await release();
      }
    });
    try {
      const backup = await this.backups.get(id);
      const { storageName, checksum } = backup;
      if (backup.status !== 'success' || storageName === null || checksum === null)
        throw new AppError('backups.not_ready');
      const known = Object.assign(backup, { storageName, checksum });
      file = await this.places.open(known, (each) => admit(known, each));
      return { backup: known, file, close };
    } catch (error) {
      await close();
      throw error;
    }
  }
}

/** A lock that counts must be given back exactly once. */
function once(act: () => Promise<void>): () => Promise<void> {
  let acting: Promise<void> | undefined;
  return () => (acting ??= act());
}
