import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThanOrEqual, Repository } from 'typeorm';
import { BackupEntity } from '../backups/catalogue/backup.entity';

/** A calendar and a curve need no more of them. */
const MOST = 10_000;

const SHOWN = {
  ...{ id: true, createdAt: true, status: true, source: true, trigger: true },
  ...{ verifiedAt: true, rowCount: true, sizeBytes: true, finishedAt: true },
} as const;

/** What is shown of a backup among many. */
export type PastBackup = Pick<BackupEntity, keyof typeof SHOWN>;

/** Reads many backups at once, and little of each: what is large in a row stays where it is. */
@Injectable()
export class PastBackups {
  constructor(@InjectRepository(BackupEntity) private readonly rows: Repository<BackupEntity>) {}

  /** Oldest first; of too many the newest ones. */
  async since(moment: Date): Promise<PastBackup[]> {
    const newestFirst = await this.rows.find({
      select: SHOWN,
      where: { createdAt: MoreThanOrEqual(moment), removing: IsNull() },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: MOST,
    });
    return newestFirst.reverse();
  }
}
