import { Injectable } from '@nestjs/common';
import type { Reason } from '../alerts/alert';
import { CopyRows } from '../backups/catalogue/copy-rows';
import { FaultyFiles } from '../backups/catalogue/faulty-files';
import { whatIsWrong } from '../backups/catalogue/file-faults';
import { Clock } from '../kernel/clock/clock';
import { DAY_MS } from '../kernel/clock/durations';
import { FIRST_STORAGE } from '../kernel/config/first-storage';
import { ERRORS, type ErrorCode } from '../kernel/errors/error-table';
import { FurtherStorages } from '../kernel/storage/further-storages';

/** So long a copy may be on its way. */
const MADE_WITHIN_MS = DAY_MS;

/** Finds the storages that do not have the files that they should have. */
@Injectable()
export class MissingFiles {
  constructor(
    private readonly faultyFiles: FaultyFiles,
    private readonly copies: CopyRows,
    private readonly further: FurtherStorages,
    private readonly clock: Clock,
  ) {}

  /** Why the alert is on: each storage, with the newest backup that it lacks. */
  async missing(): Promise<Reason | undefined> {
    const sentences: string[] = [];
    let newestId: number | undefined;
    const add = (storage: string, count: number, id: number, code: ErrorCode | null): void => {
      const why = code === null ? '' : ` (${ERRORS[code].message})`;
      sentences.push(`The storage "${storage}" lacks ${count === 1 ? 'a backup' : `${count} backups`}: ${id}${why}.`);
      newestId ??= id;
    };
    const { faulty, awaited } = await this.faultyFiles.find();
    const lacking = [...faulty, ...awaited].toSorted((one, other) => other.id - one.id);
    const [newest] = lacking;
    if (newest !== undefined) add(FIRST_STORAGE, lacking.length, newest.id, whatIsWrong(newest) ?? newest.firstError);
    const before = new Date(this.clock.now().getTime() - MADE_WITHIN_MS);
    for (const storage of this.further.all) {
      const { count, newest } = await this.copies.lacking(storage, before);
      if (newest !== undefined) add(storage.name, count, newest.backupId, newest.errorCode);
    }
    if (newestId === undefined) return undefined;
    return { message: sentences.join(' '), about: { backup_id: newestId } };
  }
}
