import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { openBackup, verifyBackup } from '../engine/backup-reader';
import { Storage, StorageError } from '../engine/storage/storage';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import type { ErrorCode } from '../kernel/errors/error-table';
import { sanitize } from '../kernel/errors/sanitize';
import { lockName } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { BackupEntity } from './backup.entity';
import { metaOf } from './backup-meta';

/** What a look at the storage has found. */
export interface RescanResult {
  /** Files that were nobody's and are backups again. */
  adopted: BackupEntity[];
  /** Backups whose file is gone. */
  missing: number[];
  /** Backups whose file is sealed with another key than it was, and is the same otherwise. */
  rekeyed: number[];
  /** Files that are nobody's and cannot be adopted, with the reason. */
  unreadable: { filename: string; errorCode: ErrorCode }[];
}

/**
 * Compares the catalogue with the storage. A container says what it is, so a catalogue that is lost can be made again
 * from the files.
 */
@Injectable()
export class StorageRescan {
  private readonly logger = new Logger(StorageRescan.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly storage: Storage,
    private readonly locks: LockService,
  ) {}

  /**
   * Adopts files that are nobody's: each is read and authenticated to its end first. Nothing is removed.
   *
   * @throws AppError `backups.concurrent_operation` while another one runs; StorageError
   */
  async rescan(requestedBy: string): Promise<RescanResult> {
    const session = await this.locks.open();
    try {
      if (!(await session.tryLock(lockName.rescan, 'exclusive'))) throw new AppError('backups.concurrent_operation');
      const result: RescanResult = {
        adopted: [],
        missing: await this.markMissing(),
        rekeyed: [],
        unreadable: [],
      };
      await this.noteRekeyed(result, new AbortController().signal);
      for (const name of await this.orphans()) {
        // A file of that name may be an import that has its file but not yet its row.
        if (!(await session.tryLock(lockName.importing(name), 'exclusive'))) continue;
        if (await this.backups.existsBy({ storageName: name })) continue;
        try {
          result.adopted.push(await this.adopt(name, requestedBy));
        } catch (error) {
          const { code } = sanitize(error);
          this.logger.warn({ err: error, filename: name, error_code: code }, 'a file in the storage cannot be adopted');
          result.unreadable.push({ filename: name, errorCode: code });
        }
      }
      return result;
    } finally {
      await session.close();
    }
  }

  /** Notes which files are sealed with another key than they were; while somebody rescans, that is being done. */
  async followRekeying(signal: AbortSignal): Promise<void> {
    const session = await this.locks.open();
    try {
      if (!(await session.tryLock(lockName.rescan, 'exclusive'))) return;
      const result: RescanResult = { adopted: [], missing: [], rekeyed: [], unreadable: [] };
      await this.noteRekeyed(result, AbortSignal.any([signal, session.signal]));
      this.logger.log({ backup_ids: result.rekeyed }, 'files of backups have been rekeyed');
    } finally {
      await session.close();
    }
  }

  /**
   * Notes which backups have lost their file, and which have it again.
   *
   * @returns the ids of those without
   */
  async markMissing(): Promise<number[]> {
    const missing: number[] = [];
    for (const { id, storageName, errorCode } of await this.backups.findBy({ status: 'success' })) {
      const isThere = storageName !== null && (await this.isThere(storageName));
      if (!isThere) missing.push(id);
      if (isThere === (errorCode === null)) continue;
      const code = isThere ? null : 'backups.file_missing';
      await this.backups.update({ id, status: 'success' }, { errorCode: code, updatedAt: this.clock.now() });
      if (!isThere) this.logger.warn({ backup_id: id }, 'the file of a backup is gone');
    }
    return missing;
  }

  /** Says in the log what is there that nobody knows, and what nobody finds. */
  async report(): Promise<void> {
    await this.markMissing();
    const orphans = await this.orphans();
    if (orphans.length === 0) return;
    this.logger.warn(
      { filenames: orphans.slice(0, 100), count: orphans.length },
      'files in the storage are no backup of ours: POST /api/backups/rescan adopts them',
    );
  }

  /** After `bscc rekey` the files have other checksums; what is in them is compared with what the catalogue says of it. */
  private async noteRekeyed(result: RescanResult, signal: AbortSignal): Promise<void> {
    for (const backup of await this.backups.findBy({ status: 'success', errorCode: IsNull(), removing: IsNull() })) {
      const { id, storageName, keyId, meta } = backup;
      if (storageName === null) continue;
      signal.throwIfAborted();
      try {
        const file = await this.storage.open(storageName);
        try {
          const { keyId: foundKeyId } = await openBackup(file, this.config.keyRing);
          if (foundKeyId === keyId) continue;
          const checksum = await verifyBackup(file, this.config.keyRing, { signal });
          const found = metaOf(await openBackup(file, this.config.keyRing));
          if (!isDeepStrictEqual(found.checksums, meta?.checksums)) throw new AppError('backups.checksum_mismatch');
          const changed = { checksum, keyId: foundKeyId, meta: { ...found, ...meta, key_id: foundKeyId } };
          await this.backups.update({ id }, { ...changed, updatedAt: this.clock.now() });
          result.rekeyed.push(id);
        } finally {
          await file.close();
        }
      } catch (error) {
        signal.throwIfAborted();
        const { code } = sanitize(error);
        this.logger.warn({ err: error, backup_id: id, error_code: code }, 'the file of a backup is not what it was');
        result.unreadable.push({ filename: storageName, errorCode: code });
      }
    }
  }

  /** A name that the storage does not take is none of its files; a storage that cannot be asked is another matter. */
  private async isThere(name: string): Promise<boolean> {
    try {
      return (await this.storage.stat(name)) !== undefined;
    } catch (error) {
      if (error instanceof StorageError && error.fault === 'bad_name') return false;
      throw error;
    }
  }

  private async orphans(): Promise<string[]> {
    const names = await this.storage.list();
    const known = new Set((await this.backups.find({ select: { storageName: true } })).map((row) => row.storageName));
    return names.filter((name) => name.endsWith('.bscc') && !known.has(name));
  }

  private async adopt(name: string, requestedBy: string): Promise<BackupEntity> {
    const file = await this.storage.open(name);
    try {
      const checksum = await verifyBackup(file, this.config.keyRing, {});
      const reader = await openBackup(file, this.config.keyRing);
      const rows: { id: string }[] = await this.backups.query(`SELECT nextval('backup_id_seq') AS id`);
      const { index, keyId } = reader;
      const createdAt = new Date(index.created_at);
      return await this.backups.save(
        this.backups.create({
          id: Number(rows[0]?.id),
          source: 'local',
          trigger: 'manual',
          status: 'success',
          label: index.label ?? null,
          scope: [...index.scope],
          includeFiles: index.includes_files,
          requestedBy,
          storageName: name,
          sizeBytes: file.sizeBytes,
          checksum,
          keyId,
          pinned: false,
          meta: metaOf(reader),
          createdAt,
          updatedAt: this.clock.now(),
          finishedAt: createdAt,
        }),
      );
    } finally {
      await file.close();
    }
  }
}
