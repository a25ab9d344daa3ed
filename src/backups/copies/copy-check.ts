import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { hasFile } from '../../engine/storage/copy-file';
import type { Storage } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { DAY_MS, MINUTE_MS } from '../../kernel/clock/durations';
import { AppConfig } from '../../kernel/config/config';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { unlessAborted } from '../../kernel/operations/unless-aborted';
import { type FurtherStorage, FurtherStorages } from '../../kernel/storage/further-storages';
import { CopyRows, type PresentCopy } from '../catalogue/copy-rows';
import { StorageWatch } from './storage-watch';

/**
 * Reads each copy in full once in a while, one at a time, so that a storage that loses bytes is known before they are needed. What
 * it finds missing or damaged is made again by the copier.
 */
@Injectable()
export class CopyCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger(CopyCheck.name);

  constructor(
    private readonly further: FurtherStorages,
    private readonly rows: CopyRows,
    private readonly watch: StorageWatch,
    private readonly locks: LockService,
    private readonly jobs: RecurringJobs,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    for (const storage of this.further.all) {
      this.jobs
        .declare({
          name: `copy_check_${storage.name}`,
          everyMs: MINUTE_MS,
          lock: lockName.copyCheck(storage.name),
          complaint: 'a copy could not be read in full',
          run: (signal) =>
            unlessAborted(
              this.watch.unlessAway(storage, () => this.checkNext(storage, signal), signal),
              signal,
            ),
        })
        .start();
    }
  }

  /**
   * Reads the copy whose turn it is, if any.
   *
   * @throws StorageError when the storage does not answer; the copy is then left as it is
   */
  async checkNext(of: FurtherStorage, signal: AbortSignal): Promise<void> {
    const before = new Date(this.clock.now().getTime() - this.config.copyVerifyDays * DAY_MS);
    const copy = await this.rows.nextToVerify(of, before);
    if (copy === undefined) return;
    const release = await this.locks.tryRead(lockName.backupFile(copy.backupId));
    // It is being removed.
    if (release === undefined) return;
    try {
      const fault = await faultOf(copy, of.storage, signal);
      if (fault === undefined) await this.rows.noteVerified(copy);
      else {
        const line = { backup_id: copy.backupId, storage: of.name, state: fault };
        this.logger.warn(line, 'a copy is not what it was; it is made again');
        await this.rows.noteFault(copy, fault);
      }
    } finally {
      await release();
    }
  }
}

async function faultOf(
  { storageName: name, checksum }: PresentCopy,
  storage: Storage,
  signal: AbortSignal,
): Promise<'missing' | 'damaged' | undefined> {
  if (await hasFile({ name, checksum }, storage, signal)) return undefined;
  // Of a storage that does not answer, nothing is known. One that does, and does not give a file, has lost it.
  return (await storage.stat(name)) === undefined ? 'missing' : 'damaged';
}
