import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { type AuditIntent, AuditIntents } from '../../audit/audit-intents.service';
import type { AuditResult } from '../../audit/audit-action';
import { claimRecord, entryOf, resultOf } from '../../audit/request-entry';
import { ContainerError } from '../../engine/container/format/container-error';
import { AppError } from '../../kernel/errors/app-error';
import { sanitize } from '../../kernel/errors/sanitize';
import { contextOf } from '../../kernel/request/request-context';
import type { ImportedBackup } from '../import/imported-backups';
import type { HalfUpload } from '../uploads/half-uploads.service';

/**
 * Records the import that a resumable upload ends with, as the import of a whole file is recorded. The requests before it are only counted,
 * and the one that completes the upload has this record in place of its own.
 */
@Injectable()
export class AuditedImport {
  constructor(private readonly intents: AuditIntents) {}

  /**
   * @returns the id of the backup
   * @throws AppError `backups.storage_unavailable` when it could not be recorded; then nothing is imported. What `work` throws
   */
  async during(request: Request, upload: HalfUpload, work: () => Promise<ImportedBackup>): Promise<number> {
    const intent = await this.begin(request, upload);
    let imported: ImportedBackup;
    try {
      imported = await work();
    } catch (error) {
      const refusal = sanitize(error);
      await this.settle(request, intent, resultOf(refusal), { error_code: refusal.code });
      throw refusal;
    }
    const { backup, isNew } = imported;
    await this.settle(request, intent, 'success', { backup_id: backup.id, checksum: backup.checksum, is_new: isNew });
    return backup.id;
  }

  /** Records an upload that was ended early because its file is wrong. @throws the error */
  async refuse(request: Request, upload: HalfUpload, error: unknown): Promise<never> {
    const refusal = sanitize(error);
    if (!(error instanceof ContainerError)) throw refusal;
    const intent = await this.begin(request, upload);
    await this.settle(request, intent, resultOf(refusal), { error_code: refusal.code });
    throw refusal;
  }

  private async begin(request: Request, { record }: HalfUpload): Promise<AuditIntent> {
    contextOf(request).recordDetails = { origin_filename: record.filename };
    try {
      return await this.intents.begin(entryOf(request, 'backups.import', 'requested'));
    } catch (cause) {
      throw new AppError('backups.storage_unavailable', { cause });
    }
  }

  private async settle(
    request: Request,
    intent: AuditIntent,
    result: AuditResult,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    claimRecord(request);
    await intent.settle(entryOf(request, 'backups.import', result, details));
  }
}
