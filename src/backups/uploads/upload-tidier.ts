import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service';
import { HOUR_MS, MINUTE_MS } from '../../kernel/clock/durations';
import { Clock } from '../../kernel/clock/clock';
import { sanitize } from '../../kernel/errors/sanitize';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { type HalfUpload, HalfUploads } from './half-uploads.service';
import { UploadDirectory } from './upload-directory';
import { UploadFinish } from './upload-finish';
import { type Turn, UploadTurns } from './upload-turns';

/** A draft gets its name within moments. */
const STRAY_AFTER_MS = HOUR_MS;

/** Removes uploads that have expired and what killed processes have left, and imports those that are complete and no client asks for any more. */
@Injectable()
export class UploadTidier implements OnApplicationBootstrap {
  private readonly logger = new Logger(UploadTidier.name);
  private readonly job = this.jobs.declare({
    name: 'uploads',
    everyMs: MINUTE_MS,
    complaint: 'resumable uploads could not be tidied up',
    run: (signal) => this.tidy(signal),
  });

  constructor(
    private readonly uploads: HalfUploads,
    private readonly directory: UploadDirectory,
    private readonly turns: UploadTurns,
    private readonly finisher: UploadFinish,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    this.job.start();
  }

  async tidy(signal?: AbortSignal): Promise<void> {
    for (const known of await this.uploads.all()) {
      if (signal?.aborted === true) return;
      if (this.uploads.isExpired(known) || this.finisher.isDue(known)) {
        await this.turns.ifFree(known.record.id, (turn) => this.tidyOne(known.record.id, turn));
      }
    }
    await this.removeStrays();
  }

  private async tidyOne(id: string, turn: Turn): Promise<void> {
    turn.hold();
    // Another replica may have been at it since it was found.
    const upload = (await this.uploads.all()).find(({ record }) => record.id === id);
    if (upload === undefined) return;
    if (this.finisher.isDue(upload)) await this.finish(upload, turn);
    else if (this.uploads.isExpired(upload)) await this.expire(upload);
  }

  private async expire({ record, offset }: HalfUpload): Promise<void> {
    await this.uploads.remove(record.id);
    if (record.backup_id !== undefined) return;
    const line = { size_bytes: record.size_bytes, arrived_bytes: offset, requested_by: record.owner_name };
    this.logger.log(line, 'a resumable upload has expired');
  }

  private async finish(upload: HalfUpload, turn: Turn): Promise<void> {
    const { owner_name: requestedBy, filename } = upload.record;
    const about = { requested_by: requestedBy, origin_filename: filename };
    try {
      const { backup, isNew } = await this.finisher.finish(upload, turn);
      const details = { ...about, backup_id: backup.id, checksum: backup.checksum, is_new: isNew };
      await this.audit.recordOwn('backups.import', 'success', details);
    } catch (error) {
      const { code, status } = sanitize(error);
      if (status >= 400 && status < 500 && code !== 'backups.concurrent_operation') {
        await this.audit.recordOwn('backups.import', 'failed', { ...about, error_code: code });
      }
      this.logger.warn({ err: error, error_code: code, ...about }, 'a complete upload could not be imported');
    }
  }

  private async removeStrays(): Promise<void> {
    const beforeMs = this.clock.now().getTime() - STRAY_AFTER_MS;
    for (const stray of await this.directory.strays()) {
      if (stray.modifiedAtMs < beforeMs) await this.directory.removeStray(stray);
    }
  }
}
