import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { readSequentially } from '../../engine/container/format/random-source';
import type { StoredFile } from '../../engine/storage/storage';
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
  /** One reading of a file serves all who wait for it. */
  private readonly running = new Map<number, Promise<void>>();

  constructor(
    private readonly rows: BackupRows,
    private readonly operations: OperationsService,
  ) {}

  /**
   * @param file of the backup, open until this has settled
   * @throws AppError `backups.checksum_mismatch`; StorageError
   */
  async ensureUnchanged(backup: BackupEntity, file: StoredFile): Promise<void> {
    if (file.version === backup.fileVersion) return;
    let check = this.running.get(backup.id);
    if (check === undefined) {
      check = this.read(backup, file).finally(() => this.running.delete(backup.id));
      this.running.set(backup.id, check);
    }
    await check;
  }

  private async read({ id, checksum }: BackupEntity, file: StoredFile): Promise<void> {
    const digest = createHash('sha256');
    for await (const block of readSequentially(file, BLOCK_BYTES)) {
      this.operations.refuseWhenShuttingDown();
      digest.update(block);
    }
    if (checksum === null || digest.digest('hex') !== checksum) throw new AppError('backups.checksum_mismatch');
    await this.rows.noteFileVersion(id, checksum, file.version);
  }
}
