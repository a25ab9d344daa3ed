import { Injectable, Logger } from '@nestjs/common';
import { type CreateOptions, type PendingFile, Storage, StorageError } from '../../engine/storage/storage';
import { FIRST_STORAGE } from '../../kernel/config/first-storage';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { sanitize } from '../../kernel/errors/sanitize';
import { unlessAborted } from '../../kernel/operations/unless-aborted';
import { type FurtherStorage, FurtherStorages } from '../../kernel/storage/further-storages';
import { CopyRows, type CopyToMake } from './copy-rows';

/** A backup that is to get a file. */
interface BackupToWrite {
  readonly id: number;
  readonly storageName: string;
}

/** Begins the files of new backups, and knows in which storage a backup that has not ended is being written. */
@Injectable()
export class NewFiles {
  private readonly logger = new Logger(NewFiles.name);

  constructor(
    private readonly first: Storage,
    private readonly further: FurtherStorages,
    private readonly copies: CopyRows,
  ) {}

  for(backup: BackupToWrite): NewFile {
    const onRefusal = (err: unknown, storage: string): void => {
      const line = { err, backup_id: backup.id, storage };
      this.logger.warn(line, 'a storage does not take the file of a backup; the next one is asked');
    };
    return new NewFile(backup, this.first, this.further.all, this.copies, onRefusal);
  }

  /** The storage in which the file of a backup whose process died was being written. */
  async storageOf(id: number): Promise<Storage> {
    const rows = await this.copies.of(id);
    const isWrittenTo = ({ name, identity }: FurtherStorage): boolean =>
      rows.some((row) => row.storage === name && row.place === identity);
    return this.further.all.find(isWrittenTo)?.storage ?? this.first;
  }

  /** The backup did not become a success. */
  async forget(id: number): Promise<void> {
    if (this.further.all.length > 0) await this.copies.forget(id);
  }
}

/** The file of one new backup: in the first storage or, while that does not take it, in the next one that does. */
export class NewFile {
  private further: FurtherStorage | undefined;
  private refusal: ErrorCode | undefined;

  constructor(
    private readonly backup: BackupToWrite,
    private readonly first: Storage,
    private readonly others: readonly FurtherStorage[],
    private readonly copies: Pick<CopyRows, 'begin' | 'succeed' | 'forget'>,
    private readonly onRefusal: (error: unknown, storage: string) => void,
  ) {}

  /** Where it is. */
  get storage(): Storage {
    return this.further?.storage ?? this.first;
  }

  /** Why the first storage does not have it. */
  get firstError(): ErrorCode | null {
    return this.further === undefined ? null : (this.refusal ?? null);
  }

  /**
   * Begins it in the first storage that can be written and has room for it. Where it is tells a row before anything is written, so that
   * it is found when the process dies.
   *
   * @throws StorageError of the first storage when none takes it
   */
  async create(name: string, options: CreateOptions = {}): Promise<PendingFile> {
    if (this.others.length === 0) return this.first.create(name, options);
    try {
      return await begin(this.first, name, options);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.onRefusal(error, FIRST_STORAGE);
      this.refusal = sanitize(error).code;
    }
    for (const further of this.others) {
      const file = await this.createIn(further, name, options);
      if (file !== undefined) return file;
    }
    // It may have had no room for what was only an estimate.
    return this.first.create(name, options);
  }

  /** Before the backup is a success: that has a file from then on. */
  async succeed(checksum: string): Promise<void> {
    if (this.further !== undefined) await this.copies.succeed(this.copyIn(this.further), checksum);
  }

  private async createIn(
    further: FurtherStorage,
    name: string,
    options: CreateOptions,
  ): Promise<PendingFile | undefined> {
    options.signal?.throwIfAborted();
    try {
      await this.copies.begin(this.copyIn(further));
      this.further = further;
      return await begin(further.storage, name, options);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.onRefusal(error, further.name);
      this.further = undefined;
      await this.copies.forget(this.backup.id);
      return undefined;
    }
  }

  private copyIn({ name, identity }: FurtherStorage): CopyToMake {
    const { id, storageName } = this.backup;
    return { backupId: id, storage: name, place: identity, storageName };
  }
}

/** Some storages are first asked when bytes are sent: then the database would have been read for nothing. */
async function begin(storage: Storage, name: string, options: CreateOptions): Promise<PendingFile> {
  const { signal } = options;
  const asked = storage.tryOut().then(() => storage.freeBytes());
  // A server that does not answer must not keep the database's snapshot after the backup was canceled.
  const freeBytes = await (signal === undefined ? asked : unlessAborted(asked, signal));
  if (freeBytes !== undefined && freeBytes < (options.expectedBytes ?? 0)) throw new StorageError('no_space');
  return storage.create(name, options);
}

function isRefusal(error: unknown): boolean {
  return error instanceof StorageError && (error.fault === 'unavailable' || error.fault === 'no_space');
}
