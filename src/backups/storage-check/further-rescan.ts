import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { hasFile } from '../../engine/storage/copy-file';
import { StorageError } from '../../engine/storage/storage';
import { sanitize } from '../../kernel/errors/sanitize';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import type { FurtherStorage } from '../../kernel/storage/further-storages';
import { BackupEntity } from '../catalogue/backup.entity';
import { CopyRows, isCopyOf } from '../catalogue/copy-rows';
import { type AdoptOptions, FileAdoption } from './file-adoption';
import { NO_FILE } from './file-looks';
import type { FurtherResult, RescanResult } from './rescan.entity';
import { noteUnreadable } from './rescan-result';

/** Files that are not given one after the other may be damaged. After so many, the storage is asked for something else. */
const IN_A_ROW = 2;

/** What a look needs of the rescan that it belongs to. */
export type FurtherLook = AdoptOptions & { readonly result: RescanResult };

/**
 * Looks into a further storage: what belongs to no backup becomes one, and what belongs to a backup and no row tells of becomes its
 * copy. So a control database that is lost comes back from any of the storages.
 */
@Injectable()
export class FurtherRescan {
  private readonly logger = new Logger(FurtherRescan.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly copies: CopyRows,
    private readonly adoption: FileAdoption,
    private readonly locks: LockService,
  ) {}

  /** One that cannot be asked is noted, and keeps no other from being looked at. */
  async look(further: FurtherStorage, run: FurtherLook): Promise<void> {
    const { result, signal } = run;
    const found: FurtherResult = { storage: further.name, adopted: [], found: [] };
    (result.storages ??= []).push(found);
    try {
      const names = await further.storage.list();
      let failedInARow = 0;
      for (const name of names.filter((one) => one.endsWith('.bscc'))) {
        signal.throwIfAborted();
        failedInARow = (await this.take(name, further, run, found)) ? 0 : failedInARow + 1;
        // A server that has gone keeps each question waiting for minutes. Asked for what is not there, it throws then.
        if (failedInARow >= IN_A_ROW) await further.storage.stat(NO_FILE);
      }
    } catch (err) {
      signal.throwIfAborted();
      if (!(err instanceof StorageError)) throw err;
      const { code } = sanitize(err);
      this.logger.warn({ err, storage: further.name, error_code: code }, 'a further storage could not be looked at');
      found.error_code = code;
    }
  }

  /** @returns false when the storage did not give the file now */
  private async take(name: string, further: FurtherStorage, run: FurtherLook, found: FurtherResult): Promise<boolean> {
    const { result, signal } = run;
    try {
      const known = await this.backups.findOneBy({ storageName: name });
      if (known !== null) {
        if (await this.isNewCopy(known, further, signal)) found.found.push(known.id);
        return true;
      }
      const isBadInFirst = result.unreadable.some(
        ({ filename, storage }) => filename === name && storage === undefined,
      );
      const { id, isCopy } = await this.adoption.adoptCopy(name, further, { ...run, isBadInFirst });
      if (isCopy) result.copies.push({ filename: name, backup_id: id, storage: further.name });
      else for (const ids of [result.adopted, found.adopted]) ids.push(id);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof StorageError && error.fault === 'missing') return true;
      noteUnreadable(result, name, error, further.name);
      return !(error instanceof StorageError && error.fault === 'unavailable');
    }
  }

  /** Whether the file is what the backup holds, and no row has told of it. A backup that is being removed is left alone. */
  private async isNewCopy(backup: BackupEntity, further: FurtherStorage, signal: AbortSignal): Promise<boolean> {
    const { id, status, storageName, checksum } = backup;
    if (status !== 'success' || storageName === null || checksum === null) return false;
    if ((await this.copies.of(id)).some((row) => isCopyOf(row, backup, further))) return false;
    const release = await this.locks.tryRead(lockName.backupFile(id));
    if (release === undefined) return false;
    try {
      const { name: storage, identity: place } = further;
      if (!(await hasFile({ name: storageName, checksum }, further.storage, signal))) return false;
      await this.copies.succeed({ backupId: id, storage, place, storageName }, checksum);
      return true;
    } finally {
      await release();
    }
  }
}
