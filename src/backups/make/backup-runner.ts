import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { writeBackup, type WrittenBackup } from '../../engine/backup/write-backup';
import { AuditService } from '../../audit/audit.service';
import { present } from '../../engine/optional/present';
import type { RelationName } from '../../engine/postgres/server/relation-name';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { causeOf } from '../../kernel/errors/cause';
import { sinceMs, whyOf } from '../../kernel/operations/run-line';
import { CanceledError, watchForCancel } from '../../kernel/operations/cancel';
import { runFailureCode } from '../../kernel/operations/run-failure';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { type ProgressReport, ProgressWriter } from '../../kernel/operations/progress-writer';
import { TargetService } from '../../kernel/target/target.service';
import { APPLICATION } from '../../kernel/config/version';
import { MaintenanceService } from '../../maintenance/maintenance.service';
import { BackupRows } from '../catalogue/backup-rows';
import { BackupEntity } from '../catalogue/backup.entity';
import { metaOf } from '../catalogue/backup-meta';
import { type NewFile, NewFiles } from '../catalogue/new-files';
import { ENTITY_KINDS } from '../catalogue/entity-kinds';
import { tablesOf } from '../catalogue/scope';

/** What became of one look at the queue. */
type Turn = 'made one' | 'nothing queued' | 'not now';

/** How a backup is made. */
interface MakeOrder {
  readonly signal: AbortSignal;
  readonly onProgress?: (report: ProgressReport) => void;
  /** In place of those of its scope. */
  readonly tables?: readonly RelationName[] | undefined;
}

/**
 * Makes queued backups, oldest first, at most `BERKUT_BACKUP_MAX_PARALLEL` at once over all replicas. The places, like
 * every other lock, are advisory locks: a process that dies gives its place back by dying.
 */
@Injectable()
export class BackupRunner {
  private readonly logger = new Logger(BackupRunner.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly newFiles: NewFiles,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly target: TargetService,
    private readonly maintenance: MaintenanceService,
    private readonly audit: AuditService,
  ) {}

  /** Looks at the queue in the background and returns at once. */
  kick(): void {
    this.operations.start('backups', (signal) => this.drain(signal));
  }

  /**
   * Makes a backup now, for a caller that holds the target's lock alone.
   *
   * @param backup a row that exists and is running, whose own lock the caller holds
   * @param order.onProgress told of what the row is told
   */
  async makeNow(backup: BackupEntity, order: MakeOrder): Promise<void> {
    await this.make(backup, order);
  }

  private async drain(signal: AbortSignal): Promise<void> {
    // What is queued when this process ends is another's, or waits for the next start.
    while (!signal.aborted && !this.operations.isClosing) {
      const turn = await this.takeTurn(signal);
      if (turn === 'not now') return;
      // Looked at after the place was given up: a row queued meanwhile found no place free and counts on this look.
      if (turn === 'nothing queued' && !(await this.backups.existsBy({ status: 'queued', finishedAt: IsNull() })))
        return;
    }
  }

  private async takeTurn(signal: AbortSignal): Promise<Turn> {
    return this.locks.during(async (session) => {
      if (!(await this.takeSlot(session))) return 'not now';
      if (!(await session.tryLock(lockName.target, 'shared'))) return 'not now';
      // A restore whose process died holds no lock, but its target is closed until recovery has opened it.
      if ((await this.maintenance.current()) !== undefined) return 'not now';
      const backup = await this.claimNext(session);
      if (backup === undefined) return 'nothing queued';
      await this.make(backup, { signal: AbortSignal.any([signal, session.signal]) });
      return 'made one';
    });
  }

  private async takeSlot(session: LockSession): Promise<boolean> {
    for (let slot = 0; slot < this.config.maxParallelBackups; slot += 1) {
      if (await session.tryLock(lockName.backupSlot(slot), 'exclusive')) return true;
    }
    return false;
  }

  private async claimNext(session: LockSession): Promise<BackupEntity | undefined> {
    const queued = await this.backups.find({
      // One that was finished before is not made anew over itself: recovery makes it a success again.
      where: { status: 'queued', finishedAt: IsNull() },
      order: { id: 'ASC' },
      take: 20,
    });
    for (const backup of queued) {
      if (!(await session.tryLock(lockName.backupRun(backup.id), 'exclusive'))) continue;
      const storageName = storageNameAt(this.clock.now());
      if (await this.rows.begin(backup.id, storageName))
        return Object.assign(backup, { status: 'running' as const, storageName });
      await session.release(lockName.backupRun(backup.id), 'exclusive');
    }
    return undefined;
  }

  private async make(backup: BackupEntity, { signal, onProgress = () => undefined, tables }: MakeOrder): Promise<void> {
    const progress = new ProgressWriter(this.clock, (view) => this.rows.progress(backup.id, view));
    const cancel = watchForCancel(() => this.backups.existsBy({ id: backup.id, cancelRequested: true }));
    const either = AbortSignal.any([signal, cancel.signal]);
    const beganAtMs = performance.now();
    const storageName = backup.storageName ?? storageNameAt(this.clock.now());
    const file = this.newFiles.for({ id: backup.id, storageName });
    try {
      const report = (measured: ProgressReport): void => {
        progress.report(measured);
        onProgress(measured);
      };
      const written = await this.write({ backup, storageName, file, tables }, report, either);
      await progress.settled();
      await this.succeed(backup, { written, file }, beganAtMs);
    } catch (error) {
      await progress.settled();
      await this.fail(backup, error, { signal: either, beganAtMs, file });
    } finally {
      cancel.stop();
    }
  }

  private async write(
    {
      backup,
      storageName,
      file,
      tables,
    }: Pick<MakeOrder, 'tables'> & {
      backup: BackupEntity;
      storageName: string;
      file: NewFile;
    },
    onProgress: (report: ProgressReport) => void,
    signal: AbortSignal,
  ): Promise<WrittenBackup> {
    const { config } = this;
    // The path may have gone from the configuration since it was asked for.
    if (backup.includeFiles && config.filesPath === undefined) throw new AppError('backups.files_not_configured');
    const scopeTables = tables ?? tablesOf(backup.scope, config.scopes);
    return writeBackup({
      target: this.target.address,
      tools: await this.target.findTools(),
      storage: file,
      name: storageName,
      key: config.keyRing.current,
      jobs: config.jobs,
      compressionLevel: config.compressionLevel,
      scope: backup.scope,
      scopeTables,
      ...present({ label: backup.label, filesPath: backup.includeFiles ? config.filesPath : undefined }),
      schemaVersionQuery: config.schemaVersionQuery,
      app: APPLICATION,
      createdAt: this.clock.now(),
      auditHead: await this.audit.head(),
      entities: ENTITY_KINDS,
      signal,
      onProgress,
    });
  }

  private async succeed(
    backup: BackupEntity,
    { written, file }: { written: WrittenBackup; file: NewFile },
    beganAtMs: number,
  ): Promise<void> {
    const keyId = this.config.keyRing.current.id;
    const { firstError } = file;
    await file.succeed(written.sha256);
    // Written and published a moment ago; without it the first download reads the file to be sure.
    const state = await file.storage.stat(backup.storageName ?? '').catch(() => undefined);
    const isEnded = await this.rows.succeed(backup.id, {
      sizeBytes: written.sizeBytes,
      checksum: written.sha256,
      fileVersion: firstError === null ? (state?.version ?? null) : null,
      firstError,
      keyId,
      meta: metaOf({ index: written.index, keyId, fileId: written.fileId }),
      auditHead: written.index.audit_head ?? null,
    });
    // Another process took our lock and has ended the backup as interrupted.
    if (!isEnded) throw new Error('the backup was ended by another process');
    const { id, trigger } = backup;
    const line = { backup_id: id, trigger, size_bytes: written.sizeBytes, duration_ms: sinceMs(beganAtMs) };
    this.logger.log(line, 'a backup was made');
    await this.audit.recordOwn('backups.create', 'success', {
      backup_id: backup.id,
      filename: backup.storageName,
      checksum: written.sha256,
      size_bytes: written.sizeBytes,
    });
  }

  private async fail(
    backup: BackupEntity,
    error: unknown,
    { signal, beganAtMs, file }: { signal: AbortSignal; beganAtMs: number; file: NewFile },
  ): Promise<void> {
    const isCanceled = signal.reason instanceof CanceledError;
    const code = isCanceled ? null : runFailureCode(error, signal, 'backups.interrupted');
    // Published or not: what is not a success must leave no file.
    const { storageName } = backup;
    if (storageName !== null && !(await this.isNeeded(storageName, backup.id))) {
      const remove = async (): Promise<void> => {
        await file.storage.remove(storageName);
        // Not before: what is left of it is found by its row.
        await this.newFiles.forget(backup.id);
      };
      await remove().catch(() => undefined);
    }
    if (code === null) await this.rows.endCanceled(backup.id);
    else {
      const errorCause = signal.aborted ? null : (causeOf(error) ?? null);
      await this.rows.fail(backup.id, { errorCode: code, errorCause });
    }
    const line = { backup_id: backup.id, trigger: backup.trigger, duration_ms: sinceMs(beganAtMs) };
    if (code === null) this.logger.log(line, 'a backup was canceled');
    else this.logger.warn({ ...line, error_code: code, ...whyOf(code, error) }, 'backup failed');
    const result = isCanceled ? 'canceled' : 'failed';
    await this.audit.recordOwn('backups.create', result, {
      backup_id: backup.id,
      ...present({ error_code: code }),
    });
  }

  /**
   * Whether a rescan has adopted the file for another backup, or this one is a success of which only the answer was lost. A database that
   * cannot be asked may know of either.
   */
  private async isNeeded(storageName: string, id: number): Promise<boolean> {
    return this.backups
      .existsBy([
        { storageName, id: Not(id) },
        { id, status: 'success' },
      ])
      .catch(() => true);
  }
}

/** A name that says what the file is and when it was begun, and that no other backup has. */
export function storageNameAt(at: Date): string {
  const stamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  return `berkut-scc_${stamp}_${randomBytes(4).toString('hex')}.bscc`;
}
