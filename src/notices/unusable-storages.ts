import { Injectable } from '@nestjs/common';
import type { Reason } from '../alerts/alert';
import { present } from '../engine/optional/present';
import { Clock } from '../kernel/clock/clock';
import { MINUTE_MS } from '../kernel/clock/durations';
import { causeInWords, causeOf } from '../kernel/errors/cause';
import { ERRORS } from '../kernel/errors/error-table';
import { sanitize } from '../kernel/errors/sanitize';
import { StorageStates } from '../kernel/storage/storage-states';

/** What is over sooner is no news: a network fails for moments. */
const UNUSABLE_FOR_MS = 10 * MINUTE_MS;

/** Finds the storages that have not taken files for a while. */
@Injectable()
export class UnusableStorages {
  constructor(
    private readonly storages: StorageStates,
    private readonly clock: Clock,
  ) {}

  /**
   * Why the alert is on: each storage, and since when.
   *
   * @param isOn a process that has begun to look a moment ago ends no alert while the storage is away
   */
  async find(isOn: boolean): Promise<Reason | undefined> {
    const before = new Date(this.clock.now().getTime() - UNUSABLE_FOR_MS);
    const found = (await this.storages.all()).flatMap(({ name, error, unusableSince: since }) =>
      error !== undefined && since !== undefined && (isOn || since <= before) ? [{ name, error, since }] : [],
    );
    const [first] = found;
    if (first === undefined) return undefined;
    const sentences = found.map(
      ({ name, error, since }) =>
        `The storage "${name}" has taken no files since ${since.toISOString()}: ${ERRORS[sanitize(error).code].message}`,
    );
    const cause = causeOf(first.error);
    return { message: sentences.join(' '), ...present({ cause: cause && causeInWords(cause) }) };
  }
}
