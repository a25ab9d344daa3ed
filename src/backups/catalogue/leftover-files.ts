import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Storage, StorageError } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { DAY_MS, MINUTE_MS } from '../../kernel/clock/durations';
import { FIRST_STORAGE } from '../../kernel/config/first-storage';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { unlessAborted } from '../../kernel/operations/unless-aborted';
import { type FurtherStorage, FurtherStorages } from '../../kernel/storage/further-storages';
import { BackupEntity } from './backup.entity';
import { StoragePauses } from './storage-pauses';

const LOOK_EVERY_MS = 10 * MINUTE_MS;

/**
 * Removes from the storages what was begun there and never published. A process has died, the storage was away when the file was to be
 * discarded, or the answer that told of an upload was lost. Files that a living process writes stay.
 */
@Injectable()
export class LeftoverFiles {
  private readonly logger = new Logger(LeftoverFiles.name);
  private readonly job = this.jobs.declare({
    name: 'leftover_files',
    everyMs: LOOK_EVERY_MS,
    whilePaused: true,
    complaint: 'what was never published could not be removed',
    run: (signal) => unlessAborted(this.removeAll(), signal),
  });

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly first: Storage,
    private readonly further: FurtherStorages,
    private readonly pauses: StoragePauses,
    private readonly locks: LockService,
    private readonly jobs: RecurringJobs,
    private readonly clock: Clock,
  ) {}

  /**
   * Removes those of the first storage, then those of the others in the background, and all of them again and again.
   *
   * @throws StorageError of the first storage
   */
  async start(): Promise<void> {
    this.job.start();
    try {
      await this.removeUnlessCopying(FIRST_STORAGE, this.first);
    } finally {
      void this.job.turn();
    }
  }

  /**
   * The caller keeps copies from being made in that storage, which may also be the first one by another name.
   *
   * @param signal aborts when another process may make copies there
   * @param begunBefore what was begun later stays where it may be another program's
   * @throws StorageError, and the signal's reason
   */
  async remove(storage: Storage, signal: AbortSignal, begunBefore?: Date): Promise<void> {
    // Asked for each file when it is seen: another replica may have begun one since the storage was listed.
    await storage.removeLeftovers(async (name) => {
      signal.throwIfAborted();
      if (await this.backups.existsBy({ storageName: name, status: 'running' })) return true;
      return this.isBeingImported(name);
    }, begunBefore);
  }

  /** Whether a process receives a file of that name. */
  async isBeingImported(name: string): Promise<boolean> {
    return (await this.locks.held([lockName.importing(name)])).size > 0;
  }

  /** All at once: one that is silent keeps no other waiting. An operator may be copying files into the first one. */
  async removeAll(): Promise<void> {
    const ofFirst = this.unlessAway(FIRST_STORAGE, this.first, new Date(this.clock.now().getTime() - DAY_MS));
    await Promise.all([ofFirst, ...this.further.all.map((further) => this.ofFurther(further))]);
  }

  private async ofFurther(further: FurtherStorage): Promise<void> {
    if ((await this.pauses.state(further)) === 'none') await this.unlessAway(further.name, further.storage);
  }

  /** One that is away is asked again at the next turn; others say that it is. */
  private async unlessAway(name: string, storage: Storage, begunBefore?: Date): Promise<void> {
    try {
      await this.removeUnlessCopying(name, storage, begunBefore);
    } catch (err) {
      if (!(err instanceof StorageError)) throw err;
      this.logger.debug({ err, storage: name }, 'what was never published could not be removed');
    }
  }

  private async removeUnlessCopying(name: string, storage: Storage, begunBefore?: Date): Promise<void> {
    await this.locks.tryWith(lockName.copies(name), 'exclusive', ({ signal }) =>
      this.remove(storage, signal, begunBefore),
    );
  }
}
