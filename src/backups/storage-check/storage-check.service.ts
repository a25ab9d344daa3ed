import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { Storage } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { BackupRows } from '../catalogue/backup-rows';
import { BackupEntity, type FileFault } from '../catalogue/backup.entity';
import { FAULT_CODES, knownFault } from '../catalogue/file-faults';
import { type FileLookedAt, FileLooks } from './file-looks';
import { StorageCheckEntity } from './storage-check.entity';
import { inPortions } from '../../kernel/database/in-portions';
import { DAY_MS } from '../../kernel/clock/durations';

const CHECK = 1;

/** Rows that are in memory at once. */
const AT_ONCE = 1000;

/** Whether work that goes on for long has to stop before its next step; throws when its process ends. */
export type IsPaused = () => Promise<boolean>;

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

  /**
   * Checks when no replica has for a day.
   *
   * @throws as {@link check}
   */
  async checkWhenDue(isPaused: IsPaused): Promise<void> {
    const latest = await this.checks.findOneBy({ id: CHECK });
    const agoMs = this.clock.now().getTime() - (latest?.checkedAt.getTime() ?? 0);
    if (latest === null || agoMs >= DAY_MS || agoMs < 0) await this.check(isPaused);
  }

  /**
   * Records which files are gone and which belong to no backup; nothing of a check that was paused.
   *
   * @param isPaused asked before each question to the storage
   * @throws StorageError when the storage is away or cannot be listed; what `isPaused` throws
   */
  async check(isPaused: IsPaused): Promise<void> {
    const faults = await this.markFaults(isPaused);
    if (faults === undefined || (await isPaused())) return;
    const unknown = await this.unknownFiles();
    if (unknown.length > 0) {
      this.logger.warn(
        { filenames: unknown.slice(0, 100), count: unknown.length },
        'files in the storage are no backup of ours: POST /api/backups/rescan adopts them',
      );
    }
    // The start of the service and the plan's turn may both be the first ones to look, and so may two replicas.
    const found = { checkedAt: this.clock.now(), unknownFiles: unknown.length, missingFiles: faults.size };
    await this.checks.upsert({ id: CHECK, ...found }, ['id']);
  }

  /**
   * Notes at the backups which have lost their file, and which have it again. A file that cannot be asked for leaves its
   * backup as it is.
   *
   * @param isPaused asked before each file
   * @returns those that have a fault, by id; `undefined` when it was paused before the last
   * @throws StorageError when the storage is away; what `isPaused` throws
   */
  async markFaults(isPaused: IsPaused): Promise<Map<number, FileFault> | undefined> {
    const faults = new Map<number, FileFault>();
    const looks = this.looks();
    for await (const backup of this.successful()) {
      if (await isPaused()) return undefined;
      const { id, fileFault, errorCode } = backup;
      const seen = await looks.look(backup);
      looks.throwIfAway();
      const fault = seen === undefined ? knownFault(backup) : seen;
      if (fault !== null) faults.set(id, fault);
      // An error code of a success is what an earlier version has noted.
      if (seen === undefined || (fault === fileFault && errorCode === null)) continue;
      if (!(await this.rows.noteFault(backup, fault)) || fault === null) continue;
      this.logger.warn(
        { backup_id: id, error_code: FAULT_CODES[fault] },
        'the file of a backup is not there as it was',
      );
    }
    return faults;
  }

  /** All of them, however many, some at a time; what their containers hold is left out. */
  private successful(): AsyncGenerator<FileLookedAt & Pick<BackupEntity, 'fileFault' | 'errorCode'>> {
    return inPortions(AT_ONCE, (after) =>
      this.backups.find({
        where: { status: 'success', id: MoreThan(after) },
        select: {
          id: true,
          storageName: true,
          sizeBytes: true,
          fileFault: true,
          damagedVersion: true,
          firstError: true,
          firstExpiry: true,
          errorCode: true,
        },
        order: { id: 'ASC' },
        take: AT_ONCE,
      }),
    );
  }

  /** Looks at files one after the other, until the storage is away. */
  looks(): FileLooks {
    return new FileLooks(this.storage, (err, id) =>
      this.logger.warn({ err, backup_id: id }, 'the file of a backup cannot be looked at'),
    );
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
