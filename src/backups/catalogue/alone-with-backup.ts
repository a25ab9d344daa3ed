import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AppError } from '../../kernel/errors/app-error';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { BackupEntity } from './backup.entity';

/** Keeps all others away from a backup while something of it is removed. */
@Injectable()
export class AloneWithBackup {
  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly locks: LockService,
  ) {}

  /**
   * Does work while no replica makes, reads, copies or removes the backup.
   *
   * @throws AppError `backups.file_busy`; what the work throws
   */
  async during<T>(id: number, work: (session: LockSession) => Promise<T>): Promise<T> {
    return this.locks.during(async (session) => {
      const isFree =
        (await session.tryLock(lockName.backupRun(id), 'exclusive')) &&
        (await session.tryLock(lockName.backupFile(id), 'exclusive'));
      // What is not there is told as such, not as busy.
      if (!isFree && (await this.backups.existsBy({ id })))
        throw busy('It is being made, downloaded, checked, restored or copied to another storage.');
      return work(session);
    });
  }
}

/** Why nothing of a backup can be removed now. */
export function busy(hint: string): AppError {
  return new AppError('backups.file_busy', { details: { hint } });
}
