import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { type KeepsLeftover, Storage, StorageError } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { DAY_MS, MINUTE_MS } from '../../kernel/clock/durations';
import { FIRST_STORAGE } from '../../kernel/config/first-storage';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { unlessAborted } from '../../kernel/operations/unless-aborted';
import { type FurtherStorage, FurtherStorages } from '../../kernel/storage/further-storages';
import { BackupEntity } from './backup.entity';
import { CopyRows } from './copy-rows';
import { StoragePauses } from './storage-pauses';

const LOOK_EVERY_MS = 10 * MINUTE_MS;
/** How long another program may take for a file: a terabyte at 12 MB/s. */
const MAY_BE_ANOTHERS_MS = DAY_MS;

/** The first storage, or a further one. */
type Place = Pick<FurtherStorage, 'name' | 'storage'> & Partial<FurtherStorage>;

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
    private readonly copies: CopyRows,
    private readonly pauses: StoragePauses,
    private readonly locks: LockService,
    private readonly jobs: RecurringJobs,
    private readonly clock: Clock,
  ) {}

  /**
   * Removes all of the first storage that no replica is at, however young: imports that died with their process have no row. Then those of
   * the others in the background, and all of them again and again.
   *
   * @throws StorageError of the first storage
   */
  async start(): Promise<void> {
    this.job.start();
    try {
      const first = { name: FIRST_STORAGE, storage: this.first };
      await this.unlessCopying(first, (signal) => this.removeBut(first, signal, () => false));
    } finally {
      void this.job.turn();
    }
  }

  /**
   * What may be another program's stays for a day. The caller keeps copies from being made in that storage, which may also be the first one
   * by another name.
   *
   * @param signal aborts when another process may make copies there
   * @throws StorageError, and the signal's reason
   */
  async remove(place: Place, signal: AbortSignal): Promise<void> {
    const anothersSince = this.clock.now().getTime() - MAY_BE_ANOTHERS_MS;
    await this.removeBut(place, signal, async (name, begunAt) => {
      const mayBeAnothers = begunAt !== undefined && begunAt.getTime() >= anothersSince;
      return mayBeAnothers && !(await this.wasBegunHere(name, place));
    });
  }

  /** Whether a process receives a file of that name. */
  async isBeingImported(name: string): Promise<boolean> {
    return (await this.locks.held([lockName.importing(name)])).size > 0;
  }

  /** All at once: one that is silent keeps no other waiting. */
  async removeAll(): Promise<void> {
    const first = { name: FIRST_STORAGE, storage: this.first };
    await Promise.all([this.unlessAway(first), ...this.further.all.map((further) => this.ofFurther(further))]);
  }

  private async ofFurther(further: FurtherStorage): Promise<void> {
    if ((await this.pauses.state(further)) === 'none') await this.unlessAway(further);
  }

  /** One that is away is asked again at the next turn; others say that it is. */
  private async unlessAway(place: Place): Promise<void> {
    try {
      await this.unlessCopying(place, (signal) => this.remove(place, signal));
    } catch (err) {
      if (!(err instanceof StorageError)) throw err;
      this.logger.debug({ err, storage: place.name }, 'what was never published could not be removed');
    }
  }

  private async unlessCopying({ name }: Place, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await this.locks.tryWith(lockName.copies(name), 'exclusive', ({ signal }) => work(signal));
  }

  private async removeBut({ storage }: Place, signal: AbortSignal, keep: KeepsLeftover): Promise<void> {
    // Asked for each file when it is seen: another replica may have begun one since the storage was listed.
    await storage.removeLeftovers(async (name, begunAt) => {
      signal.throwIfAborted();
      if (await this.backups.existsBy({ storageName: name, status: 'running' })) return true;
      return (await this.isBeingImported(name)) || (await keep(name, begunAt));
    });
  }

  /** Whether this service has begun to make that file, and has not finished it. */
  private async wasBegunHere(name: string, { name: storage, identity }: Place): Promise<boolean> {
    if (await this.backups.existsBy({ storageName: name, status: In(['failed', 'canceled']) })) return true;
    return identity !== undefined && this.copies.isUnfinished(name, { name: storage, identity });
  }
}
