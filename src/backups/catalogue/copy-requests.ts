import { Injectable } from '@nestjs/common';
import { AppError } from '../../kernel/errors/app-error';
import { FurtherStorages } from '../../kernel/storage/further-storages';
import type { BackupEntity } from './backup.entity';
import { BackupsService } from './backups.service';
import { CopyRows } from './copy-rows';
import { StoragePauses } from './storage-pauses';

/** Callers who do not want to wait until a copy is tried again. */
@Injectable()
export class CopyRequests {
  constructor(
    private readonly further: FurtherStorages,
    private readonly backups: BackupsService,
    private readonly rows: CopyRows,
    private readonly pauses: StoragePauses,
  ) {}

  /**
   * Has the missing copies of a backup made at the next turn of the copiers, and storages asked at once that were away.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready`, `backups.copies_not_configured`
   */
  async ask(id: number): Promise<BackupEntity> {
    const backup = await this.backups.get(id);
    if (backup.status !== 'success') throw new AppError('backups.not_ready');
    if (this.further.all.length === 0) throw new AppError('backups.copies_not_configured');
    await this.rows.askNow(id);
    await this.pauses.cutShort();
    return backup;
  }
}
