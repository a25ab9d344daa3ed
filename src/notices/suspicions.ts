import { Injectable, Logger } from '@nestjs/common';
import { BackupQuestions } from '../backups/catalogue/backup-questions';
import { BackupRows } from '../backups/catalogue/backup-rows';
import { BackupEntity } from '../backups/catalogue/backup.entity';
import { BackupFiles } from '../backups/catalogue/backup-files';
import { openBackup } from '../engine/backup/open-backup';
import { ContainerError } from '../engine/container/format/container-error';
import { StorageError } from '../engine/storage/storage';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { type BackupContent, shrinkage } from './shrinkage';

/** Nothing was found. */
const NONE = '';
const UNREADABLE = 'which cannot be opened';

/**
 * Judges each good backup of the whole database once, against the newest earlier one in which nothing was missing. After a
 * loss every further backup is as small as the first, so none of them is a measure for the next. A pinned backup counts as
 * complete.
 */
@Injectable()
export class Suspicions {
  private readonly logger = new Logger(Suspicions.name);

  constructor(
    private readonly questions: BackupQuestions,
    private readonly rows: BackupRows,
    private readonly files: BackupFiles,
    private readonly config: AppConfig,
  ) {}

  /**
   * Judges what has not been judged yet.
   *
   * @returns what is suspicious in the newest backup, in words
   * @throws whatever keeps a backup from being looked at now; it is looked at again
   */
  async ofNewest(): Promise<string | undefined> {
    for (const backup of await this.questions.goodOnes('ASC').andWhere('b.suspicion IS NULL').getMany()) {
      const suspicion = await this.judge(backup);
      await this.rows.noteSuspicion(backup.id, suspicion);
    }
    const newest = await this.questions.goodOnes('DESC').limit(1).getOne();
    if (newest === null || newest.pinned || newest.suspicion === null || newest.suspicion === NONE) return undefined;
    return `Backup ${newest.id}, ${newest.suspicion}.`;
  }

  private async judge(backup: BackupEntity): Promise<string> {
    const current = await this.contentOf(backup);
    if (current === undefined) return UNREADABLE;
    const earlier = await this.questions
      .goodOnes('DESC')
      .andWhere(`(b.suspicion = :none OR b.pinned) AND (b.createdAt, b.id) < (:at, :id)`, {
        none: NONE,
        at: backup.createdAt,
        id: backup.id,
      })
      .getMany();
    for (const one of earlier) {
      const before = await this.contentOf(one);
      if (before === undefined) continue;
      const reason = shrinkage(before, current, this.config.notices.shrinkPercent);
      return reason === undefined ? NONE : `compared with ${one.id}: ${reason}`;
    }
    return NONE;
  }

  /** @returns `undefined` for one that no key opens, that is damaged, or whose file is gone */
  private async contentOf({ id }: BackupEntity): Promise<BackupContent | undefined> {
    try {
      const opened = await this.files.open(id);
      try {
        const { index } = await openBackup(opened.file, this.config.keyRing);
        const data = index.streams.filter(({ kind }) => kind === 'data' || kind === 'rows');
        return { dataBytes: data.reduce((sum, { plain_size: size }) => sum + size, 0), tables: index.tables };
      } finally {
        await opened.close();
      }
    } catch (error) {
      if (!isLasting(error)) throw error;
      this.logger.warn({ err: error, backup_id: id }, 'a backup cannot be opened to compare it');
      return undefined;
    }
  }
}

/** What another look would find again. */
function isLasting(error: unknown): boolean {
  if (error instanceof StorageError) return error.fault === 'missing';
  if (error instanceof AppError) return error.code === 'backups.checksum_mismatch';
  return error instanceof ContainerError;
}
