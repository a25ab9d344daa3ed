import { Injectable } from '@nestjs/common';
import { WHOLE } from '../../backups/catalogue/scope';
import { BackupQueue } from '../../backups/make/backup-queue';
import type { RunRecorder } from '../record/run-recorder';

/** The backup of what a run replaces without keeping it. */
@Injectable()
export class SafetyBackup {
  constructor(private readonly queue: BackupQueue) {}

  /** Makes it, unless the caller of the run has given a reason not to. */
  async make(recorder: RunRecorder, signal: AbortSignal): Promise<void> {
    const { id, requestedBy, scope, skipSafetyReason } = recorder.run;
    if (skipSafetyReason !== null) {
      recorder.log('info', 'restore.safety_backup.skipped', { reason: skipSafetyReason });
      return;
    }
    const safety = await this.queue.makeSafety({
      requestedBy,
      scope: scope ?? [WHOLE],
      label: `before restore ${id}`,
      onProgress: ({ bytesDone, bytesTotal }) => recorder.report({ phase: 'safety-backup', bytesDone, bytesTotal }),
      signal,
    });
    recorder.log('info', 'restore.safety_backup.made', { backup_id: safety.id });
  }
}
