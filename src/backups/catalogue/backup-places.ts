import { Injectable, Logger } from '@nestjs/common';
import { type FileState, Storage, StorageError, type StoredFile } from '../../engine/storage/storage';
import { FIRST_STORAGE } from '../../kernel/config/first-storage';
import { AppError } from '../../kernel/errors/app-error';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { type FurtherStorage, FurtherStorages } from '../../kernel/storage/further-storages';
import type { BackupFileEntity, CopyState } from './backup-file.entity';
import type { BackupEntity, FileExpiry, FileFault } from './backup.entity';
import { type CopiedBackup, CopyRows, type CopyToMake, isCopyOf } from './copy-rows';
import { PlacedFile, type PlacedSource } from './placed-file';
import { StoragePauses } from './storage-pauses';

/** The file of a backup. */
export type FileOfBackup = Pick<
  BackupEntity,
  'id' | 'sizeBytes' | 'checksum' | 'damagedVersion' | 'firstError' | 'firstExpiry'
> & {
  storageName: string;
};

type BackupFileName = Pick<FileOfBackup, 'id' | 'storageName'>;

/** The files of a backup in one storage. */
export interface FilesInStorage {
  readonly storage: Storage;
  readonly names: readonly string[];
  /** Its row; none of the first storage. */
  readonly copy: Omit<CopyToMake, 'storageName'> | undefined;
}

/** Asked about each file before anything of it is read. */
type Admit = (file: StoredFile) => Promise<void>;

/** Where a backup has its file, or is to have it. */
export interface FileView {
  readonly storage: string;
  readonly state: CopyState | FileFault | FileExpiry;
  readonly errorCode: ErrorCode | null;
  /** When it was last read in full. */
  readonly verifiedAt: Date | null;
}

/** All storages in which a backup may have its file: the first one, and those that keep copies. */
@Injectable()
export class BackupPlaces {
  private readonly logger = new Logger(BackupPlaces.name);

  constructor(
    private readonly first: Storage,
    private readonly further: FurtherStorages,
    private readonly copies: CopyRows,
    private readonly pauses: StoragePauses,
  ) {}

  /**
   * Opens the file in the first storage that has it with its size. When that fails in the middle of a read, the next one is read.
   *
   * @param admit refuses a file by throwing AppError `backups.checksum_mismatch`, or as reading it does; nothing of it is read then
   * @throws why the first storage does not give it: StorageError, AppError `backups.checksum_mismatch`
   */
  async open(backup: FileOfBackup, admit: Admit = () => Promise.resolve()): Promise<StoredFile> {
    const sources = this.sources(backup, admit);
    const { value: first } = await sources.next();
    // It throws why the first storage does not give it when none does.
    if (first === undefined) throw new AppError('backups.file_missing');
    return new PlacedFile(first, sources, (err, from, to) =>
      this.logger.warn(
        { err, backup_id: backup.id, storage: to.storage, instead_of: from.storage },
        'a storage failed while the file of a backup was read; reading goes on from the next one',
      ),
    );
  }

  /**
   * Asks all storages before anything is removed: until when the one that keeps the file longest keeps it, and whether a further one has
   * it while the first does not have it with its size, or has it damaged. What retention has taken from the first one is not alone.
   *
   * @throws StorageError when one cannot be asked: nothing is to be removed anywhere before all of them can
   */
  async beforeRemoval(
    name: string,
    { sizeBytes, damagedVersion, firstExpiry }: Pick<BackupEntity, 'sizeBytes' | 'damagedVersion' | 'firstExpiry'>,
  ): Promise<{ lockedUntil: Date | undefined; isCopyAlone: boolean }> {
    const states = await Promise.all(this.storages().map((storage) => storage.stat(name)));
    const times = states.flatMap((state) => state?.lockedUntil?.getTime() ?? []);
    const [first, ...further] = states;
    const isFirstWhole =
      first !== undefined && damagedVersion === null && (sizeBytes === null || first.sizeBytes === sizeBytes);
    return {
      lockedUntil: times.length === 0 ? undefined : new Date(Math.max(...times)),
      isCopyAlone: firstExpiry === null && !isFirstWhole && further.some((state) => state !== undefined),
    };
  }

  /**
   * Removes the file and its copies, the first storage last: as long as that has the file, the backup is there.
   *
   * @throws StorageError of the first that fails
   */
  async remove({ id, storageName }: { id: number; storageName: string }): Promise<void> {
    if (this.further.all.length > 0) await this.removeCopies(id, storageName);
    await this.first.remove(storageName);
  }

  /** Backups of which there is a copy: these can be restored although the first storage does not have them. */
  async copied(backups: readonly CopiedBackup[]): Promise<Set<number>> {
    if (this.further.all.length === 0) return new Set();
    const byId = Map.groupBy(await this.copies.allPresent(), ({ backupId }) => backupId);
    const isCopied = (backup: CopiedBackup): boolean =>
      (byId.get(backup.id) ?? []).some((row) => this.further.all.some((storage) => isCopyOf(row, backup, storage)));
    return new Set(backups.filter(isCopied).map(({ id }) => id));
  }

  /**
   * Whether any storage has the file.
   *
   * @throws StorageError when the first that would have to be asked cannot say
   */
  async isThere(name: string): Promise<boolean> {
    for (const storage of this.storages()) if ((await storage.stat(name)) !== undefined) return true;
    return false;
  }

  /** Whether all storages can be written, or are only full: a file can be removed there. */
  async canBeWritten(): Promise<boolean> {
    for (const storage of this.storages()) {
      const canBe = await storage.tryOut().then(
        () => true,
        (error: unknown) => error instanceof StorageError && error.fault === 'no_space',
      );
      if (!canBe) return false;
    }
    return true;
  }

  /** @returns `undefined` where there is one storage alone, or the backup has no file */
  async filesOf(backup: BackupEntity): Promise<FileView[] | undefined> {
    const { id, status } = backup;
    if (this.further.all.length === 0 || status !== 'success') return undefined;
    const rows = await this.copies.of(id);
    const copies: FileView[] = [];
    for (const storage of this.further.all) {
      const row = rows.find((one) => one.storage === storage.name);
      const isPresent = row !== undefined && isCopyOf(row, backup, storage);
      copies.push({
        storage: storage.name,
        state: isPresent ? 'present' : stateOf(row, storage),
        errorCode: isPresent ? null : (row?.errorCode ?? (await this.pauses.errorOf(storage)) ?? null),
        verifiedAt: row?.verifiedAt ?? null,
      });
    }
    return [firstOf(backup), ...copies];
  }

  /** Also those that the backup had under another name. */
  private async removeCopies(id: number, storageName: string): Promise<void> {
    const rows = await this.copies.of(id);
    await this.copies.forget(id);
    for (const { name, identity, storage } of this.further.all.toReversed()) {
      const known = rows.filter((row) => row.storage === name && row.place === identity);
      for (const each of new Set([storageName, ...known.map((row) => row.storageName)])) await storage.remove(each);
    }
  }

  /**
   * What one storage has under the names that the backup has there.
   *
   * @returns `undefined` when the configuration does not know the storage
   */
  async in(storage: string, { id, storageName }: BackupFileName): Promise<FilesInStorage | undefined> {
    if (storage === FIRST_STORAGE) return { storage: this.first, names: [storageName], copy: undefined };
    const further = this.further.all.find(({ name }) => name === storage);
    if (further === undefined) return undefined;
    const known = (await this.copies.of(id)).filter((row) => row.storage === storage && row.place === further.identity);
    return {
      storage: further.storage,
      names: [...new Set([storageName, ...known.map((row) => row.storageName)])],
      copy: { backupId: id, storage, place: further.identity },
    };
  }

  /**
   * The first of these storages that has the file with its size, as far as it can be asked. A file of the same version and time is
   * no other one: one place may be configured under two names, by a link, a mount or another spelling of an address.
   *
   * @param names of storages that are known to have it
   * @param besides the files that are to be removed
   */
  async oneThatHasIt(
    names: readonly string[],
    { storageName, sizeBytes }: Pick<FileOfBackup, 'storageName' | 'sizeBytes'>,
    besides: readonly FileState[],
  ): Promise<string | undefined> {
    const known = [{ name: FIRST_STORAGE, storage: this.first }, ...this.further.all];
    for (const { name, storage } of known.filter((one) => names.includes(one.name))) {
      const found = await storage.stat(storageName).catch(() => undefined);
      if (found === undefined || found.sizeBytes !== sizeBytes) continue;
      if (!besides.some((one) => isSame(one, found))) return name;
    }
    return undefined;
  }

  private storages(): Storage[] {
    return [this.first, ...this.further.all.map(({ storage }) => storage)];
  }

  /** Opens the file in one storage after the other, each when it is asked for. */
  private async *sources(backup: FileOfBackup, admit: Admit): AsyncGenerator<PlacedSource, void, undefined> {
    let firstError: { readonly error: unknown } | undefined;
    let isGiven = false;
    for await (const { name, storage } of this.storagesOf(backup)) {
      let file: StoredFile;
      try {
        file = await openIn(storage, backup, admit);
      } catch (error) {
        if (error instanceof AppError && error.code !== 'backups.checksum_mismatch') throw error;
        firstError ??= { error };
        if (this.further.all.length > 0)
          this.logger.warn(
            { err: error, backup_id: backup.id, storage: name },
            'a storage does not give the file of a backup',
          );
        continue;
      }
      if (firstError !== undefined)
        this.logger.warn(
          { backup_id: backup.id, storage: name },
          'the file is read from the next storage that gives it',
        );
      isGiven = true;
      yield { storage: name, file };
    }
    if (!isGiven && firstError !== undefined) throw firstError.error;
  }

  /**
   * Those that should have the file, in the order in which they are asked: the first one last when it has the file damaged, did not take
   * it, or does not keep it any more.
   */
  private async *storagesOf(
    backup: FileOfBackup,
  ): AsyncGenerator<Pick<FurtherStorage, 'name' | 'storage'>, void, undefined> {
    const first = { name: FIRST_STORAGE, storage: this.first };
    const isLast = backup.damagedVersion !== null || backup.firstError !== null || backup.firstExpiry !== null;
    if (!isLast) yield first;
    const rows = this.further.all.length === 0 ? [] : await this.copies.of(backup.id);
    yield* this.further.all.filter((further) => rows.some((row) => isCopyOf(row, backup, further)));
    if (isLast) yield first;
  }
}

function isSame(one: FileState, other: FileState): boolean {
  return one.version === other.version && one.modifiedAt.getTime() === other.modifiedAt.getTime();
}

/** What is known of the file in the first storage. */
function firstOf({ fileFault, fileReadAt, damagedVersion, firstError, firstExpiry }: BackupEntity): FileView {
  const verifiedAt = damagedVersion === null ? fileReadAt : null;
  const state = firstExpiry ?? fileFault ?? (firstError === null ? 'present' : 'pending');
  return { storage: FIRST_STORAGE, state, errorCode: firstError, verifiedAt };
}

/** Of a copy that is not present. What is known of another place, or of other bytes, says nothing of this one. */
function stateOf(row: BackupFileEntity | undefined, { identity }: FurtherStorage): CopyState {
  if (row === undefined || row.state === 'present') return 'pending';
  const isOver = row.state === 'removing' || row.state === 'expired';
  return isOver && row.place !== identity ? 'pending' : row.state;
}

async function openIn(storage: Storage, { storageName, sizeBytes }: FileOfBackup, admit: Admit): Promise<StoredFile> {
  const file = await storage.open(storageName);
  try {
    if (file.sizeBytes !== sizeBytes)
      throw new AppError('backups.checksum_mismatch', { cause: new StorageError('changed') });
    await admit(file);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
