import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { openBackup, verifyBackup } from '../../engine/backup/open-backup';
import { Storage, type StoredFile } from '../../engine/storage/storage';
import { AppConfig } from '../../kernel/config/config';
import { inPortions } from '../../kernel/database/in-portions';
import { AppError } from '../../kernel/errors/app-error';
import { BackupQuestions } from '../catalogue/backup-questions';
import { BackupRows } from '../catalogue/backup-rows';
import type { BackupEntity } from '../catalogue/backup.entity';
import { type BackupMeta, metaOf } from '../catalogue/backup-meta';
import type { RescanResult } from './rescan.entity';
import { noteUnreadable } from './rescan-result';

/** Rows that are in memory at once. */
const AT_ONCE = 100;

/** Finds the files of known backups that `bscc rekey` has sealed with another key. */
@Injectable()
export class RekeyedFiles {
  constructor(
    private readonly questions: BackupQuestions,
    private readonly rows: BackupRows,
    private readonly config: AppConfig,
    private readonly storage: Storage,
  ) {}

  /** After `bscc rekey` the files have other checksums; what they say of themselves is compared with the catalogue. */
  async note(result: RescanResult, signal: AbortSignal): Promise<void> {
    for await (const backup of this.good()) {
      const { id, storageName, firstError, firstExpiry, meta } = backup;
      const isElsewhere = firstError !== null || firstExpiry !== null;
      // Version 1 cannot be rekeyed, and says who sealed it only when all of it has been read.
      if (storageName === null || isElsewhere || meta?.format_version === '1') continue;
      signal.throwIfAborted();
      try {
        const file = await this.storage.open(storageName);
        try {
          if (await this.takeNewKey(backup, file, signal)) result.rekeyed.push(id);
        } finally {
          await file.close();
        }
      } catch (error) {
        signal.throwIfAborted();
        noteUnreadable(result, storageName, error);
      }
    }
  }

  /** Some at a time, for each carries what its container says of itself. */
  private good(): AsyncGenerator<BackupEntity> {
    return inPortions(AT_ONCE, (after) => this.questions.goodAfter(after, AT_ONCE));
  }

  /**
   * @returns whether the file is sealed with another key than it was; its row then says so
   * @throws ContainerError; AppError `backups.checksum_mismatch` when it is not the file of the backup
   */
  async takeNewKey({ id, keyId, meta }: BackupEntity, file: StoredFile, signal: AbortSignal): Promise<boolean> {
    const { keyId: foundKeyId } = await openBackup(file, this.config.keyRing);
    if (foundKeyId === keyId) return false;
    const checksum = await verifyBackup(file, this.config.keyRing, { signal });
    const found = metaOf(await openBackup(file, this.config.keyRing));
    if (!isSameFile(found, meta ?? undefined)) throw new AppError('backups.checksum_mismatch');
    await this.rows.noteKey(id, { checksum, keyId: foundKeyId, meta: { ...found, ...meta, key_id: foundKeyId } });
    return true;
  }
}

/**
 * Whether a verified file is the known one. Another key leaves the UUID, which authenticates every segment, and the streams. The
 * catalogue of an earlier version has no UUID, but a digest of each stream.
 */
export function isSameFile(found: BackupMeta, known: BackupMeta | undefined): boolean {
  if (known?.checksums === undefined || !isDeepStrictEqual(found.checksums, known.checksums)) return false;
  if (known.file_id !== undefined) return found.file_id === known.file_id;
  return Object.values(known.checksums).every((stream) => typeof stream === 'string' || stream.sha256 !== undefined);
}
