import { Injectable } from '@nestjs/common';
import { SINGLE_TABLES, WHOLE } from '../../backups/catalogue/scope';
import { BackupQueue } from '../../backups/make/backup-queue';
import type { RelationName } from '../../engine/postgres/server/relation-name';
import type { RunRecorder } from '../record/run-recorder';

/** The backup of what a run replaces without keeping it. */
@Injectable()
export class SafetyBackup {
  constructor(private readonly queue: BackupQueue) {}

  /**
   * Makes it, unless the caller of the run has given a reason not to.
   *
   * @param tables of a run that replaces single tables
   */
  async make(recorder: RunRecorder, tables: readonly RelationName[] | undefined, signal: AbortSignal): Promise<void> {
    const { id, requestedBy, scope, skipSafetyReason } = recorder.run;
    if (skipSafetyReason !== null) {
      recorder.log('info', 'restore.safety_backup.skipped', { reason: skipSafetyReason });
      return;
    }
    const safety = await this.queue.makeSafety({
      requestedBy,
      scope: tables === undefined ? (scope ?? [WHOLE]) : [SINGLE_TABLES],
      tables,
      label: `before restore ${id}`,
      onProgress: ({ bytesDone, bytesTotal }) => recorder.report({ phase: 'safety-backup', bytesDone, bytesTotal }),
      signal,
    });
    recorder.log('info', 'restore.safety_backup.made', { backup_id: safety.id });
  }
}
