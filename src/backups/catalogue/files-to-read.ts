import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { BackupEntity } from './backup.entity';

/** Which files of the first storage are to be read in full. */
@Injectable()
export class FilesToRead {
  constructor(@InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>) {}

  /**
   * The backup whose file was not read in full for longest, if that is since before the moment. One that was found damaged may have been
   * put right by an administrator, and comes again sooner.
   *
   * @param except these are not asked for
   */
  async next(
    before: Date,
    { damagedBefore, except }: { damagedBefore: Date; except: readonly number[] },
  ): Promise<BackupEntity | undefined> {
    const next = await this.backups
      .createQueryBuilder('b')
      .where(`b.status = 'success' AND b.removing IS NULL AND b.storage_name IS NOT NULL AND b.checksum IS NOT NULL`)
      .andWhere(
        `(b.file_fault IS NULL AND b.first_error IS NULL AND b.first_expiry IS NULL AND coalesce(b.file_read_at, b.finished_at) < :before
          OR b.file_fault = 'damaged' AND b.file_read_at < :damagedBefore)`,
        { before, damagedBefore },
      )
      .andWhere('b.id <> ALL (:except)', { except })
      .orderBy('coalesce(b.file_read_at, b.finished_at)')
      .limit(1)
      .getOne();
    return next ?? undefined;
  }
}
