import { Injectable } from '@nestjs/common';
import { Storage } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { ImportedBackups } from './imported-backups';
import { type OfferedFile, Reception, type ReceptionParts } from './reception';

/** Uploads at once in this process; each holds a connection and a file. */
const MAX_UPLOADS = 4;

/** Takes in containers from elsewhere: they are verified while they arrive, and nothing of a bad one stays. */
@Injectable()
export class ImportService {
  private uploads = 0;
  private readonly parts: ReceptionParts;

  constructor(
    { keyRing }: AppConfig,
    clock: Clock,
    storage: Storage,
    locks: LockService,
    entered: ImportedBackups,
    private readonly operations: OperationsService,
  ) {
    this.parts = { keyRing, clock, storage, locks, entered };
  }

  /**
   * Begins an upload, which has a place until it is kept or discarded.
   *
   * @param unwanted aborts when the file is not wanted any more
   * @throws AppError `backups.concurrent_operation` when too many uploads run, or the service is shutting down
   */
  begin(offered: OfferedFile, unwanted: AbortSignal): Reception {
    if (this.uploads >= MAX_UPLOADS) {
      const details = { limit: MAX_UPLOADS, hint: 'So many files are being imported at once.' };
      throw new AppError('backups.concurrent_operation', { details });
    }
    const operation = this.operations.begin();
    this.uploads += 1;
    return new Reception({ offered, unwanted, operation, leave: () => void (this.uploads -= 1) }, this.parts);
  }
}
