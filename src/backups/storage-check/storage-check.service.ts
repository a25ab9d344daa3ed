import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { Storage, StorageError } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { BackupRows } from '../catalogue/backup-rows';
import { BackupEntity, type FileFault } from '../catalogue/backup.entity';
import { FAULT_CODES } from '../catalogue/file-faults';
import { StorageCheckEntity } from './storage-check.entity';
import { inPortions } from '../../kernel/database/in-portions';
import { DAY_MS } from '../../kernel/clock/durations';

const CHECK = 1;

/** Rows that are in memory at once. */
const AT_ONCE = 1000;

/** What is read of a backup to look at its file. */
type LookedAt = Pick<BackupEntity, 'id' | 'storageName' | 'sizeBytes' | 'fileFault' | 'errorCode'>;

/** Compares the catalogue with the storage, without reading the files, and says what does not fit. */
@Injectable()
export class StorageCheck {
  private readonly logger = new Logger(StorageCheck.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    @InjectRepository(StorageCheckEntity) private readonly checks: Repository<StorageCheckEntity>,
    private readonly clock: Clock,
    private readonly storage: Storage,
  ) {}

  /** Checks when no replica has for a day. */
  async checkWhenDue(): Promise<void> {
    const latest = await this.checks.findOneBy({ id: CHECK });
    const agoMs = this.clock.now().getTime() - (latest?.checkedAt.getTime() ?? 0);
    if (latest === null || agoMs >= DAY_MS || agoMs < 0) await this.check();
  }

  /**
   * Records which files are gone and which belong to no backup.
   *
   * @throws StorageError when the files cannot be listed
   */
  async check(): Promise<void> {
    const faults = await this.markFaults();
    const unknown = await this.unknownFiles();
    if (unknown.length > 0) {
      this.logger.warn(
        { filenames: unknown.slice(0, 100), count: unknown.length },
        'files in the storage are no backup of ours: POST /api/backups/rescan adopts them',
      );
    }
    await this.checks.save({
      id: CHECK,
      checkedAt: this.clock.now(),
      unknownFiles: unknown.length,
      missingFiles: faults.size,
    });
  }

  /**
   * Notes at the backups which have lost their file, and which have it again. A file that cannot be asked for leaves its
   * backup as it is.
   *
   * @returns those that have a fault, by id
   */
  async markFaults(): Promise<Map<number, FileFault>> {
    const faults = new Map<number, FileFault>();
    for await (const backup of this.successful()) {
      const { id, fileFault, errorCode } = backup;
      const fault = await this.faultOf(backup);
      if (fault !== null) faults.set(id, fault);
      // An error code of a success is what an earlier version has noted.
      if (fault === fileFault && errorCode === null) continue;
      await this.rows.noteFault(backup, fault);
      if (fault === null) continue;
      this.logger.warn({ backup_id: id, error_code: FAULT_CODES[fault] }, 'the file of a backup is not there');
    }
    return faults;
  }

  /** All of them, however many, some at a time; what their containers hold is left out. */
  private successful(): AsyncGenerator<LookedAt> {
    return inPortions(AT_ONCE, (after) =>
      this.backups.find({
        where: { status: 'success', id: MoreThan(after) },
        select: { id: true, storageName: true, sizeBytes: true, fileFault: true, errorCode: true },
        order: { id: 'ASC' },
        take: AT_ONCE,
      }),
    );
  }

  /** What is wrong with the file of a backup now; what was known of it when the storage cannot say. */
  async faultOf({ id, storageName, sizeBytes, fileFault }: Omit<LookedAt, 'errorCode'>): Promise<FileFault | null> {
    if (storageName === null) return 'missing';
    try {
      const found = await this.storage.stat(storageName);
      if (found === undefined) return 'missing';
      return sizeBytes === null || found.sizeBytes === sizeBytes ? null : 'changed';
    } catch (error) {
      // A name that the storage does not take is none of its files.
      if (error instanceof StorageError && error.fault === 'bad_name') return 'missing';
      this.logger.warn({ err: error, backup_id: id }, 'the file of a backup cannot be looked at');
      return fileFault;
    }
  }

  /**
   * Containers that no backup has, by name.
   *
   * @throws StorageError
   */
  async unknownFiles(): Promise<string[]> {
    const names = await this.storage.list();
    const known = new Set((await this.backups.find({ select: { storageName: true } })).map((row) => row.storageName));
    return names.filter((name) => name.endsWith('.bscc') && !known.has(name));
  }
}
