import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../../kernel/clock/clock';
import type { ErrorCode } from '../../kernel/errors/error-table';
import type { FurtherStorage } from '../../kernel/storage/further-storages';
import { growingWaitMs } from './growing-wait';
import { StoragePauseEntity } from './storage-pause.entity';

/** The only writer of the table `storage_pauses`: which further storages are away, for all replicas. */
@Injectable()
export class StoragePauses {
  constructor(
    @InjectRepository(StoragePauseEntity) private readonly rows: Repository<StoragePauseEntity>,
    private readonly clock: Clock,
  ) {}

  /** `waits` until its pause is over; `due` when it is to be asked whether it is back; `none` when it is not known to be away. */
  async state(of: FurtherStorage): Promise<'none' | 'waits' | 'due'> {
    const pause = await this.known(of);
    if (pause === null) return 'none';
    return pause.until > this.clock.now() ? 'waits' : 'due';
  }

  /** Why a storage is away; `undefined` when it is not known to be. */
  async errorOf(storage: FurtherStorage): Promise<ErrorCode | undefined> {
    return (await this.known(storage))?.errorCode;
  }

  /**
   * It was asked in vain: it is asked again after a longer while.
   *
   * @returns whether that is new
   */
  async begin(of: FurtherStorage, errorCode: ErrorCode): Promise<boolean> {
    const { name: storage, identity: place } = of;
    const known = await this.known(of);
    const now = this.clock.now();
    const attempts = (known?.attempts ?? 0) + 1;
    const until = new Date(now.getTime() + growingWaitMs(attempts));
    // Another replica may have found it away at the same moment.
    await this.rows.upsert({ storage, place, errorCode, attempts, since: known?.since ?? now, until }, ['storage']);
    return known === null;
  }

  /** It is back. */
  async end({ name: storage }: FurtherStorage): Promise<void> {
    await this.rows.delete({ storage });
  }

  /** All of them are asked at once. */
  async cutShort(): Promise<void> {
    await this.rows.createQueryBuilder().update().set({ until: this.clock.now() }).execute();
  }

  private async known({ name: storage, identity: place }: FurtherStorage): Promise<StoragePauseEntity | null> {
    return this.rows.findOneBy({ storage, place });
  }
}
