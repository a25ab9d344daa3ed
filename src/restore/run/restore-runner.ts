import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { BackupFiles, type OpenedBackup } from '../../backups/catalogue/backup-files';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { openBackup, verifyBackup } from '../../engine/backup/open-backup';
import { ArchiveCheck } from '../../engine/backup/check-archives';
import { present } from '../../engine/optional/present';
import { Archive } from '../../engine/postgres/archive/archive';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { sinceMs, whyOf } from '../../kernel/operations/run-line';
import { CanceledError, watchForCancel } from '../../kernel/operations/cancel';
import type { LockSession } from '../../kernel/operations/lock-session';
import { TargetService } from '../../kernel/target/target.service';
import { CompatibilityCheck } from './compatibility-check';
import { restoreFailure } from '../record/restore-failure';
import { KeptCopies } from '../leftovers/kept-copies';
import { RestoreRunEntity } from '../record/restore-run.entity';
import { READING_STEPS } from '../record/restore-steps';
import { RunRecorder } from '../record/run-recorder';
import { recordOf, successRecord } from '../record/written-meanwhile';
import { RunTools } from './run-tools';
import { RestoreStrategies } from '../strategies/restore-strategies';
import { orUnsettled, UnsettledError } from '../record/unsettled-error';

const TABLES_SHOWN = 200;

/**
 * Carries out a run: the reading steps, which every run but a rollback has, then what its strategy does. The container is
 * verified to its last byte before anything that could touch the target begins.
 */
@Injectable()
export class RestoreRunner {
  private readonly logger = new Logger(RestoreRunner.name);

  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly files: BackupFiles,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly target: TargetService,
    private readonly compatibility: CompatibilityCheck,
    private readonly strategies: RestoreStrategies,
    private readonly kept: KeptCopies,
    private readonly audit: AuditService,
  ) {}

  /** Runs to the end and closes `session`, whose locks the caller has taken for this run. Never rejects for a failed run. */
  async run(
    id: number,
    session: LockSession,
    shutdown: AbortSignal,
    { allowsIncomplete = false }: { readonly allowsIncomplete?: boolean } = {},
  ): Promise<void> {
    const cancel = watchForCancel(() => this.runs.existsBy({ id, cancelRequested: true }));
    try {
      const run = await this.runs.findOneByOrFail({ id });
      const recorder = new RunRecorder(this.runs, run, this.clock, session, allowsIncomplete);
      await this.carryOut(recorder, AbortSignal.any([shutdown, session.signal, cancel.signal]));
    } finally {
      cancel.stop();
      await session.close();
    }
  }

  private async carryOut(recorder: RunRecorder, signal: AbortSignal): Promise<void> {
    const { run } = recorder;
    const beganAtMs = performance.now();
    const line = () => ({
      restore_id: run.id,
      backup_id: run.backupId,
      mode: run.mode,
      ...present({ strategy: run.strategy, size_bytes: run.sizeBytes }),
      duration_ms: sinceMs(beganAtMs),
    });
    try {
      await recorder.begin();
      if (run.mode === 'rollback') await this.rollBack(recorder, signal);
      else if (run.mode === 'promote') await this.strategies.named('promotion').run({ recorder, signal });
      else await this.withBackup(recorder, signal);
      await this.finish(recorder);
      this.logger.log(line(), 'a restore run has succeeded');
      if (!run.dryRun) await this.audit.recordOwn('backups.restore.success', 'success', successRecord(run));
    } catch (error) {
      // The row stays as it is and the locks are given up: recovery will see a run whose locks are free.
      if (error instanceof UnsettledError) throw error;
      if (signal.reason instanceof CanceledError) {
        await recorder.cancel();
        this.logger.log(line(), 'a restore run was canceled');
        if (!run.dryRun) await this.audit.recordOwn('backups.restore.failed', 'canceled', recordOf(run));
        return;
      }
      const failure = restoreFailure(error, signal, run.journal !== null && !run.dryRun);
      await recorder.fail(failure);
      const { code } = failure;
      this.logger.warn({ ...line(), error_code: code, ...whyOf(code, error) }, 'restore run failed');
      if (!run.dryRun) {
        await this.audit.recordOwn('backups.restore.failed', 'failed', {
          ...recordOf(run),
          error_code: failure.code,
        });
      }
    }
  }

  /** What has been done is done: when only the row cannot say so, recovery will find out that it was a success. */
  private async finish(recorder: RunRecorder): Promise<void> {
    const finish = async (): Promise<void> => {
      await recorder.step('finish', () => Promise.resolve());
      await recorder.succeed();
    };
    const { dryRun, into, keptUntil } = recorder.run;
    // Whether what is kept stays is for recovery to say when the row cannot.
    if (dryRun && keptUntil === null) return finish();
    await orUnsettled('the end of the run could not be written', finish);
    // Such a run does not have the target alone.
    if (dryRun || into !== null) return;
    await this.kept
      .dropDue(recorder.locks)
      .catch((error: unknown) => this.logger.warn({ err: error }, 'what is due could not be dropped; will try again'));
  }

  private async withBackup(recorder: RunRecorder, signal: AbortSignal): Promise<void> {
    const opened = await recorder.step('load_artifact', () => this.files.open(recorder.run.backupId));
    try {
      const tools = new RunTools(this.target);
      const archive = new Archive(await this.read(recorder, opened, tools, signal), signal);
      const { strategy, ...backup } = await recorder.step('compatibility_check', () =>
        this.compatibility.check(recorder, archive, tools),
      );
      const order = { recorder, backup, signal };
      const { mode } = recorder.run;
      if (mode === 'restore') await strategy.run(order);
      if (mode === 'rehearse') await this.strategies.named('rehearsal').run(order);
    } finally {
      await opened.close();
    }
  }

  private async rollBack(recorder: RunRecorder, signal: AbortSignal): Promise<void> {
    for (const name of READING_STEPS) await recorder.skip(name, 'nothing is loaded');
    await this.strategies.named('rollback').run({ recorder, signal });
  }

  /** `open_file` to `read_manifest`. */
  private async read(
    recorder: RunRecorder,
    opened: OpenedBackup,
    tools: RunTools,
    signal: AbortSignal,
  ): Promise<BackupReader> {
    const { file, backup } = opened;
    const ring = this.config.keyRing;
    const onProgress = (bytesDone: number, bytesTotal: number): void =>
      recorder.report({ phase: 'verify', bytesDone, bytesTotal });
    const reader = await recorder.step('open_file', () => openBackup(file, ring, { signal, onProgress }));
    const archives = recorder.run.dryRun ? new ArchiveCheck(() => tools.find(), signal) : undefined;
    const sha256 = await recorder.step('decrypt_bscc', () =>
      verifyBackup(file, ring, present({ signal, onProgress, readerOf: archives?.readerOf })),
    );
    await recorder.step('verify_checksums', async () => {
      if (sha256 !== backup.checksum) throw new AppError('backups.restore.checksum_mismatch');
      await archives?.finish(reader, (bytesDone, bytesTotal) =>
        recorder.report({ phase: 'archives', bytesDone, bytesTotal }),
      );
    });
    await recorder.step('read_manifest', async () => {
      const { streams, tables, sequences: _sequences, ...manifest } = reader.index;
      await recorder.found({
        manifest: {
          ...manifest,
          // Written with every step and shown with every run: of thousands of tables the largest will do.
          tables: tables
            .toSorted((a, b) => b.bytes - a.bytes)
            .slice(0, TABLES_SHOWN)
            .map(({ columns: _columns, parts: _parts, ...table }) => table),
          table_count: tables.length,
          streams: streams.map(({ frame_offsets: _offsets, ...stream }) => stream),
        },
      });
    });
    return reader;
  }
}
