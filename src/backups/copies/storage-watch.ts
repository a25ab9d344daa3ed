import { Injectable, Logger } from '@nestjs/common';
import { Storage } from '../../engine/storage/storage';
import { HOUR_MS } from '../../kernel/clock/durations';
import { sanitize } from '../../kernel/errors/sanitize';
import type { FurtherStorage } from '../../kernel/storage/further-storages';
import { tryOut } from '../../kernel/storage/try-out';
import { StoragePauses } from '../catalogue/storage-pauses';

/** Knows which further storages are away. The log tells once that one is, and once that it is back. */
@Injectable()
export class StorageWatch {
  private readonly logger = new Logger(StorageWatch.name);

  private firstToldMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly pauses: StoragePauses,
    private readonly first: Storage,
  ) {}

  /** Whether anything can be asked of a storage. One that was away is itself asked first, after growing pauses. */
  async isThere(storage: FurtherStorage): Promise<boolean> {
    const state = await this.pauses.state(storage);
    if (state !== 'due') return state === 'none';
    if (await this.isAway(storage)) return false;
    await this.pauses.end(storage);
    this.logger.log({ storage: storage.name }, 'a further storage is back');
    return true;
  }

  /** Reads in a storage. It is not done, and does not fail, while the storage is away; one that is full can be read. */
  async unlessAway(storage: FurtherStorage, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    if (!(await this.isThere(storage)) && (await this.pauses.errorOf(storage)) !== 'backups.no_space') return;
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(await this.isAway(storage))) throw error;
    }
  }

  /** After something has failed there: asks whether it is the storage, which then is left alone for a while. */
  async isAway(further: FurtherStorage): Promise<boolean> {
    const { name, storage } = further;
    try {
      await tryOut(storage);
      return false;
    } catch (err) {
      const { code } = sanitize(err);
      if (await this.pauses.begin(further, code))
        this.logger.warn({ err, storage: name, error_code: code }, 'a further storage is away; copies wait for it');
      return true;
    }
  }

  /** After the file of a backup could not be opened. The log tells of that once an hour. */
  async isFirstAway(): Promise<boolean> {
    try {
      await this.first.tryOut();
      return false;
    } catch (err) {
      const nowMs = performance.now();
      if (nowMs - this.firstToldMs >= HOUR_MS) {
        this.firstToldMs = nowMs;
        this.logger.warn({ err }, 'the first storage is away; backups that have no copy elsewhere are not copied');
      }
      return true;
    }
  }
}
