import { Injectable } from '@nestjs/common';
import { Storage } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { LockService } from '../../kernel/operations/lock.service';
import { type Operation, OperationsService } from '../../kernel/operations/operations.service';
import { ImportedBackups } from './imported-backups';
import { type OfferedFile, Reception, type ReceptionParts } from './reception';

/** Uploads at once in this process; each holds a connection and a file. */
const MAX_UPLOADS = 4;

/** One of the places for uploads. Both ends may be told more than once. */
export interface UploadPlace {
  /** Work that a stop of the service waits for. */
  readonly operation: Operation;
  /** Lets the next upload in. */
  readonly leave: () => void;
}

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
  begin(offered: OfferedFile, unwanted: AbortSignal, place = this.takePlace()): Reception {
    return new Reception({ offered, unwanted, ...place }, this.parts);
  }

  /**
   * Takes a place before it is known whether a whole file comes.
   *
   * @throws AppError `backups.concurrent_operation` when too many uploads run, or the service is shutting down
   */
  takePlace(): UploadPlace {
    if (this.uploads >= MAX_UPLOADS) {
      const details = { limit: MAX_UPLOADS, hint: 'So many files are being imported at once.' };
      throw new AppError('backups.concurrent_operation', { details });
    }
    const operation = this.operations.begin();
    this.uploads += 1;
    let isTaken = true;
    const leave = (): void => {
      if (isTaken) this.uploads -= 1;
      isTaken = false;
    };
    return { operation, leave };
  }
}
