import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { BackupsService, type OpenedBackup } from '../backups/backups.service';
import type { ContainerReader } from '../engine/container/container-reader';
import { openContainer } from '../engine/container/container-reader';
import { verifyContainer } from '../engine/container/verify-container';
import { checkArchives } from '../engine/read-backup';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import type { LockSession } from '../kernel/operations/lock-session';
import { TargetService } from '../kernel/target/target.service';
import { restoreFailure } from './restore-failure';
import { RestoreRunEntity } from './restore-run.entity';
import { RunRecorder } from './run-recorder';
import { UnsettledError } from './target-recovery';
import { TargetSwitch } from './target-switch';

/**
 * Carries out a restore run: the reading steps, which every run has, then for a real one the exchange of the target.
 * The container is verified to its last byte before anything that could touch the target begins.
 */
@Injectable()
export class RestoreRunner {
  private readonly logger = new Logger(RestoreRunner.name);

  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly backups: BackupsService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly target: TargetService,
    private readonly targetSwitch: TargetSwitch,
    private readonly audit: AuditService,
  ) {}

  /** Runs to the end and closes `session`, whose locks the caller has taken for this run. Never rejects for a failed run. */
  async run(id: number, session: LockSession, shutdown: AbortSignal): Promise<void> {
    try {
      const recorder = new RunRecorder(this.runs, await this.runs.findOneByOrFail({ id }), this.clock);
      await this.carryOut(recorder, AbortSignal.any([shutdown, session.signal]));
    } finally {
      await session.close();
    }
  }

  private async carryOut(recorder: RunRecorder, signal: AbortSignal): Promise<void> {
    const { run } = recorder;
    let opened: OpenedBackup | undefined;
    try {
      await recorder.begin();
      opened = await recorder.step('load_artifact', () => this.backups.open(run.backupId));
      const reader = await this.read(recorder, opened, signal);
      const compatibility = await recorder.step('compatibility_check', () =>
        this.targetSwitch.checkCompatibility(recorder, reader),
      );
      if (!run.dryRun) await this.targetSwitch.exchange(recorder, reader, compatibility, signal);
      await recorder.step('finish', () => Promise.resolve());
      await recorder.succeed();
      if (!run.dryRun) await this.audit.recordOwn('backups.restore.success', 'success', { restore_id: run.id });
    } catch (error) {
      // The row stays as it is and the locks are given up: recovery will see a run that nobody holds.
      if (error instanceof UnsettledError) throw error;
      const failure = restoreFailure(error, signal);
      await recorder.fail(failure);
      this.logger.warn({ err: error, restore_id: run.id, error_code: failure.code }, 'restore run failed');
      if (!run.dryRun) {
        await this.audit.recordOwn('backups.restore.failed', 'failed', {
          restore_id: run.id,
          error_code: failure.code,
        });
      }
    } finally {
      await opened?.close();
    }
  }

  /** `open_file` to `read_manifest`. */
  private async read(recorder: RunRecorder, opened: OpenedBackup, signal: AbortSignal): Promise<ContainerReader> {
    const { file, backup } = opened;
    const ring = this.config.keyRing;
    const reader = await recorder.step('open_file', () => openContainer(file, ring));
    const verified = await recorder.step('decrypt_bscc', () =>
      verifyContainer(file, ring, {
        signal,
        onProgress: (bytesDone, bytesTotal) => recorder.report({ phase: 'verify', bytesDone, bytesTotal }),
      }),
    );
    await recorder.step('verify_checksums', async () => {
      if (verified.sha256 !== backup.checksum) throw new AppError('backups.restore.checksum_mismatch');
      if (recorder.run.dryRun) await checkArchives({ reader, tools: await this.target.findTools(), signal });
    });
    await recorder.step('read_manifest', async () => {
      const { streams, ...manifest } = reader.index;
      await recorder.found({
        manifest: { ...manifest, streams: streams.map(({ frame_offsets: _, ...stream }) => stream) },
      });
    });
    return reader;
  }
}
