import { Injectable } from '@nestjs/common';
import { ContainerError } from '../../engine/container/format/container-error';
import { Clock } from '../../kernel/clock/clock';
import { AppError } from '../../kernel/errors/app-error';
import type { ImportedBackup } from '../import/imported-backups';
import { ImportService, type UploadPlace } from '../import/import.service';
import { type HalfUpload, HalfUploads } from './half-uploads.service';
import { UploadDirectory } from './upload-directory';
import type { UploadRecord } from './upload-record';
import type { Turn } from './upload-turns';

/** A client that goes away does not take a whole file back. */
const ALWAYS_WANTED = new AbortController().signal;

/**
 * Makes a backup of an upload whose bytes are all there, by the import that every file goes through. It may be repeated: a process that
 * dies before the record tells of the backup imports the same file again, which finds the backup.
 */
@Injectable()
export class UploadFinish {
  constructor(
    private readonly imports: ImportService,
    private readonly uploads: HalfUploads,
    private readonly directory: UploadDirectory,
    private readonly clock: Clock,
  ) {}

  isDue({ record, offset }: HalfUpload): boolean {
    return record.backup_id === undefined && offset === record.size_bytes;
  }

  /**
   * @param place given back however this ends
   * @throws ContainerError for a file that is wrong: then nothing of the upload is left. Otherwise the upload stays, and can be finished later
   */
  async finish(
    { record }: HalfUpload,
    turn: Turn,
    place: UploadPlace = this.imports.takePlace(),
  ): Promise<ImportedBackup> {
    turn.hold();
    try {
      const imported = await this.import(record, place);
      const { backup } = imported;
      await this.directory.save({ ...record, backup_id: backup.id, finished_at: this.clock.now().toISOString() });
      await this.directory.removePart(record.id);
      return imported;
    } catch (error) {
      if (isWrong(error)) await this.uploads.remove(record.id);
      throw error;
    }
  }

  private async import(record: UploadRecord, place: UploadPlace): Promise<ImportedBackup> {
    const offered = { requestedBy: record.owner_name, originFilename: record.filename };
    const bytes = this.directory.readPart(record.id);
    try {
      const reception = this.imports.begin(offered, ALWAYS_WANTED, place);
      await reception.write(bytes);
      return await reception.keep();
    } finally {
      bytes.destroy();
    }
  }
}

function isWrong(error: unknown): boolean {
  return error instanceof ContainerError || (error instanceof AppError && error.cause instanceof ContainerError);
}
