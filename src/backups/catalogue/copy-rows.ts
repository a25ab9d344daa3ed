import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../../kernel/clock/clock';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { BackupFileEntity } from './backup-file.entity';
import { BackupEntity } from './backup.entity';

/** Waits between attempts: half a minute, then twice as long each time, up to an hour. */
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** A copy that is to be made now. */
export interface DueCopy {
  readonly backup: BackupEntity;
  /** A process has died while it made it. */
  readonly wasBegun: boolean;
}

/** The only writer of the table `backup_files`. */
@Injectable()
export class CopyRows {
  constructor(
    @InjectRepository(BackupFileEntity) private readonly rows: Repository<BackupFileEntity>,
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly clock: Clock,
  ) {}

  /** The newest backup that this storage lacks, or has with other bytes, and whose turn has come. */
  async nextDue(storage: string): Promise<DueCopy | undefined> {
    const backup = await this.backups
      .createQueryBuilder('b')
      .leftJoin(BackupFileEntity, 'f', 'f.backup_id = b.id AND f.storage = :storage', { storage })
      .where(`b.status = 'success' AND b.removing IS NULL AND b.storage_name IS NOT NULL AND b.checksum IS NOT NULL`)
      .andWhere(`(f.state IS NULL OR f.state <> 'present' OR f.checksum IS DISTINCT FROM b.checksum)`)
      .andWhere('(f.next_try_at IS NULL OR f.next_try_at <= :now)', { now: this.clock.now() })
      .orderBy('b.createdAt', 'DESC')
      .addOrderBy('b.id', 'DESC')
      .limit(1)
      .getOne();
    if (backup === null) return undefined;
    return { backup, wasBegun: await this.rows.existsBy({ backupId: backup.id, storage, state: 'copying' }) };
  }

  /** All that is known of the copies of a backup. */
  async of(backupId: number): Promise<BackupFileEntity[]> {
    return this.rows.findBy({ backupId });
  }

  /** The caller keeps the backup from being removed. */
  async begin(backupId: number, storage: string): Promise<void> {
    const known = await this.rows.findOneBy({ backupId, storage });
    const attempts = known?.attempts ?? 0;
    await this.save({ backupId, storage, state: 'copying', attempts });
  }

  async succeed(backupId: number, storage: string, checksum: string): Promise<void> {
    await this.save({ backupId, storage, state: 'present', checksum });
  }

  async fail(backupId: number, storage: string, errorCode: ErrorCode): Promise<void> {
    const known = await this.rows.findOneBy({ backupId, storage });
    const attempts = (known?.attempts ?? 0) + 1;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 10), LONGEST_WAIT_MS);
    const nextTryAt = new Date(this.clock.now().getTime() + waitMs);
    await this.save({ backupId, storage, state: 'pending', attempts, errorCode, nextTryAt });
  }

  /** Before the files are removed: should that fail, what is left of the copies is looked at again. */
  async forget(backupId: number): Promise<void> {
    await this.rows.delete({ backupId });
  }

  private async save(
    row: Pick<BackupFileEntity, 'backupId' | 'storage' | 'state'> & Partial<BackupFileEntity>,
  ): Promise<void> {
    const unknown = { checksum: null, attempts: 0, errorCode: null, nextTryAt: null };
    await this.rows.save({ ...unknown, ...row, updatedAt: this.clock.now() });
  }
}
