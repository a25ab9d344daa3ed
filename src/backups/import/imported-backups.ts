import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { verifyBackup } from '../../engine/backup/open-backup';
import type { PendingFile } from '../../engine/storage/storage';
import { Storage, StorageError } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { sinceMs } from '../../kernel/operations/run-line';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { BackupRows } from '../catalogue/backup-rows';
import { BackupEntity } from '../catalogue/backup.entity';
import { metaOf } from '../catalogue/backup-meta';
import { FileCheck } from '../catalogue/file-check.service';
import { removeDamaged } from './replaced-file';
import type { VerifiedContent } from './write-verified';

/** A backup that was made of an imported file. */
export interface ImportedBackup {
  backup: BackupEntity;
  /** False when the same file was there already. */
  isNew: boolean;
}

/** A file that has arrived, is verified and is not visible yet. */
export interface VerifiedFile extends VerifiedContent {
  readonly requestedBy: string;
  readonly originFilename: string;
  readonly storageName: string;
  readonly session: LockSession;
  readonly pending: PendingFile;
  /** Ends everything that the upload waits for. */
  readonly signal: AbortSignal;
  /** Of `performance.now()`. */
  readonly beganAtMs: number;
}

/** Enters verified files into the catalogue. */
@Injectable()
export class ImportedBackups {
  private readonly logger = new Logger(ImportedBackups.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly storage: Storage,
    private readonly fileCheck: FileCheck,
  ) {}

  /** Makes the file a backup, or gives it back to the backup that has lost it. */
  async enter(file: VerifiedFile): Promise<ImportedBackup> {
    const { sizeBytes } = file.pending;
    const { backup, isNew } = await this.enterOnce(file);
    const line = { backup_id: backup.id, is_new: isNew, size_bytes: sizeBytes };
    this.logger.log({ ...line, duration_ms: sinceMs(file.beganAtMs) }, 'a backup was imported');
    return { backup, isNew };
  }

  private async enterOnce(file: VerifiedFile): Promise<ImportedBackup> {
    const { session, signal, checksum } = file;
    // The same file may arrive twice at once, on two replicas.
    await session.lock(lockName.sameFile(checksum), 'exclusive', signal);
    const known = await this.findKnown(file);
    if (known === undefined) return { isNew: true, backup: await this.insert(file) };
    if (!(await this.isWhole(known))) await this.giveBack(known, file);
    return { isNew: false, backup: known };
  }

  /** The backup that this file is. From now on it cannot be removed. */
  private async findKnown({ checksum, session, signal }: VerifiedFile): Promise<BackupEntity | undefined> {
    const where = { checksum, status: 'success' as const, removing: IsNull() };
    for (;;) {
      const known = await this.backups.findOneBy(where);
      if (known === null) return undefined;
      await session.lock(lockName.backupFile(known.id), 'shared', signal);
      // It may have been removed while we waited for the session that held it exclusively.
      const still = await this.backups.findOneBy({ ...where, id: known.id });
      if (still !== null) return still;
    }
  }

  private async isWhole(backup: BackupEntity): Promise<boolean> {
    try {
      const file = await this.storage.open(backup.storageName ?? '');
      try {
        if (file.sizeBytes !== backup.sizeBytes) return false;
        await this.fileCheck.ensureUnchanged(backup, file);
        return true;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'backups.checksum_mismatch') return false;
      if (error instanceof StorageError && (error.fault === 'missing' || error.fault === 'bad_name')) return false;
      throw error;
    }
  }

  /** A backup that has lost its file, or has a damaged one, gets the good one that came. */
  private async giveBack(backup: BackupEntity, file: VerifiedFile): Promise<void> {
    const { storageName, signal } = file;
    const replaced = backup.storageName;
    await this.publish(file, async () => {
      // Its lock, which keeps it from being removed, has been held since it was found.
      if (!(await this.rows.giveFile(backup.id, storageName))) throw new Error('the backup is being removed');
      Object.assign(backup, { storageName, fileFault: null, damagedVersion: null, fileVersion: null });
    });
    if (replaced === null || (await this.backups.existsBy({ storageName: replaced }))) return;
    // When it cannot be removed, a rescan tells of it.
    await removeDamaged(replaced, this.storage, this.config.keyRing, signal).catch(() => undefined);
  }

  private async insert(file: VerifiedFile): Promise<BackupEntity> {
    const { pending, requestedBy, originFilename, storageName, checksum, about } = file;
    const id = await this.rows.reserveId();
    const { sizeBytes } = pending;
    const { index, keyId } = about;
    return this.publish(file, () =>
      this.rows.insertFound({
        id,
        source: 'imported',
        trigger: 'import',
        label: index.label ?? null,
        scope: index.scope.toSorted(),
        includeFiles: index.includes_files,
        requestedBy,
        storageName,
        originFilename,
        sizeBytes,
        checksum,
        keyId,
        pinned: false,
        meta: metaOf(about),
        createdAt: this.clock.now(),
      }),
    );
  }

  /** Publishes the file and writes its row: a file without a row must not stay. */
  private async publish<T>(file: VerifiedFile, writeRow: () => Promise<T>): Promise<T> {
    const { pending, storageName } = file;
    try {
      await pending.publish();
      if (!file.isDigested) await this.compareDigests(file);
      return await writeRow();
    } catch (error) {
      // A name that is taken is that of another file.
      const isOurs = !(error instanceof StorageError && error.fault === 'exists');
      // A database that does not answer may have the row. Then the file stays, and a rescan adopts it.
      const isOrphan = isOurs && !(await this.backups.existsBy({ storageName }).catch(() => true));
      if (isOrphan) await this.storage.remove(storageName).catch(() => undefined);
      throw error;
    }
  }

  /** Compares the digests of streams that have a checksum, too. None of our writers makes such a stream. */
  private async compareDigests({ storageName, signal }: VerifiedFile): Promise<void> {
    const stored = await this.storage.open(storageName);
    try {
      await verifyBackup(stored, this.config.keyRing, { signal });
    } finally {
      await stored.close();
    }
  }
}
