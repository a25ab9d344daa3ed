import { Injectable } from '@nestjs/common';
import { Storage } from '../../engine/storage/storage';
import { Clock } from '../clock/clock';
import { FIRST_STORAGE } from '../config/first-storage';
import { FurtherStorages } from './further-storages';
import { StorageQuestion, type StorageState } from './storage-state';

/** Which storages can be written, for those who watch the service. */
@Injectable()
export class StorageStates {
  private readonly first: StorageQuestion;
  private readonly others: readonly StorageQuestion[];

  constructor(first: Storage, further: FurtherStorages, clock: Clock) {
    this.first = new StorageQuestion(FIRST_STORAGE, first, clock);
    this.others = further.all.map(({ name, storage }) => new StorageQuestion(name, storage, clock));
  }

  /** All of them, the first one first. Never rejects, and never waits long. */
  async all(): Promise<StorageState[]> {
    return Promise.all([this.first, ...this.others].map((question) => question.ask()));
  }

  /** Those that keep copies. */
  async further(): Promise<StorageState[]> {
    return Promise.all(this.others.map((question) => question.ask()));
  }
}
