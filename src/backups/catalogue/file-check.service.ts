import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { look } from '../../engine/bytes/borrowed';
import { released } from '../../engine/bytes/release-bytes';
import { readSequentially } from '../../engine/container/format/random-source';
import { Storage, type StoredFile } from '../../engine/storage/storage';
import { AppError } from '../../kernel/errors/app-error';
import { OperationsService } from '../../kernel/operations/operations.service';
import { BackupRows } from './backup-rows';
import type { BackupEntity } from './backup.entity';

const BLOCK_BYTES = 1024 * 1024;

/**
 * Knows whether a file is still what its row says. Reading it to find out takes as long as sending it, so the state in
 * which it was last found in order is kept in the row: as long as the storage reports that state, it is not read again.
 */
@Injectable()
export class FileCheck {
  /** One reading serves all who wait for that very file: of a backup whose own file is damaged, another may have opened a copy. */
  private readonly running = new Map<string, Promise<void>>();
  /** What was last found in order of a backup and is not the file that its row is about: a copy. By backup. */
  private readonly goodCopies = new Map<number, string>();

  constructor(
    private readonly rows: BackupRows,
    private readonly storage: Storage,
    private readonly operations: OperationsService,
  ) {}

  /**
   * @param file of the backup, open until this has settled
   * @throws AppError `backups.checksum_mismatch`; StorageError
   */
  async ensureUnchanged(backup: BackupEntity, file: StoredFile): Promise<void> {
    if (file.version === backup.fileVersion) return;
    const key = [backup.id, backup.checksum, file.version].join(' ');
    if (this.goodCopies.get(backup.id) === key) return;
    let check = this.running.get(key);
    if (check === undefined) {
      check = this.read(backup, file, key).finally(() => this.running.delete(key));
      this.running.set(key, check);
    }
    await check;
  }

  private async read(backup: BackupEntity, file: StoredFile, key: string): Promise<void> {
    const { id, checksum } = backup;
    const asking = this.isFirst(backup, file);
    const digest = createHash('sha256');
    for await (const block of released(readSequentially(file, BLOCK_BYTES))) {
      this.operations.refuseWhenShuttingDown();
      digest.update(look(block));
    }
    if (checksum === null || digest.digest('hex') !== checksum) throw new AppError('backups.checksum_mismatch');
    if (await asking) await this.rows.noteFileVersion(id, checksum, file.version);
    else this.goodCopies.set(id, key);
  }

  /** Whether it is the file in the first storage, as far as that can say. */
  private async isFirst({ storageName }: BackupEntity, { version }: StoredFile): Promise<boolean> {
    if (storageName === null) return false;
    const found = await this.storage.stat(storageName).catch(() => undefined);
    return found?.version === version;
  }
}
