import { type Storage, StorageError } from '../../engine/storage/storage';
import type { BackupEntity, FileFault } from '../catalogue/backup.entity';

/** What is read of a backup to look at its file. */
export type FileLookedAt = Pick<
  BackupEntity,
  'id' | 'storageName' | 'sizeBytes' | 'damagedVersion' | 'firstError' | 'firstExpiry'
>;

/** One file that cannot be looked at may be damaged. After so many in a row, the storage is asked for something else. */
const IN_A_ROW = 2;
/** No file of ours has this name. A storage that says so is there. */
export const NO_FILE = 'berkut-no-such-file';

/**
 * Looks at the files of backups, one after the other. A server that does not answer keeps each question waiting for minutes, so once the
 * storage is away it is not asked any more. Neighbours that are damaged are not the storage.
 */
export class FileLooks {
  private failedInARow = 0;
  private away: StorageError | undefined;

  /** @param onError is told of a file that cannot be looked at, unless {@link throwIfAway} has it */
  constructor(
    private readonly storage: Pick<Storage, 'stat'>,
    private readonly onError: (error: StorageError, backupId: number) => void,
  ) {}

  /** What is wrong with the file of a backup now; what was known of it when the storage cannot say. */
  async faultOf(backup: FileLookedAt & Pick<BackupEntity, 'fileFault'>): Promise<FileFault | null> {
    const seen = await this.look(backup);
    return seen === undefined ? backup.fileFault : seen;
  }

  /** What is wrong with the file of a backup now; `undefined` when the storage cannot say. */
  async look({
    id,
    storageName,
    sizeBytes,
    damagedVersion,
    firstError,
    firstExpiry,
  }: FileLookedAt): Promise<FileFault | null | undefined> {
    if (storageName === null) return 'missing';
    // What retention has taken from this storage is not lost.
    if (firstExpiry !== null) return null;
    if (this.away !== undefined) return undefined;
    try {
      const found = await this.storage.stat(storageName);
      this.failedInARow = 0;
      // What never was there is not lost.
      if (found === undefined) return firstError === null ? 'missing' : null;
      if (sizeBytes !== null && found.sizeBytes !== sizeBytes) return 'changed';
      // What was found by reading it in full, its size does not disprove.
      return damagedVersion === null ? null : 'damaged';
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // A name that the storage does not take is none of its files.
      if (error.fault === 'bad_name') return 'missing';
      this.failedInARow += 1;
      if (this.failedInARow >= IN_A_ROW && !(await this.doesAnswer())) this.away = error;
      else this.onError(error, id);
      return undefined;
    }
  }

  private async doesAnswer(): Promise<boolean> {
    try {
      await this.storage.stat(NO_FILE);
      this.failedInARow = 0;
      return true;
    } catch {
      return false;
    }
  }

  /** @throws StorageError once the storage is away */
  throwIfAway(): void {
    if (this.away !== undefined) throw this.away;
  }
}
