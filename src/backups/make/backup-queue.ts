import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { present } from '../../engine/optional/present';
import type { RelationName } from '../../engine/postgres/server/relation-name';
import { type Caller, SCHEDULER } from '../../kernel/request/caller';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { RecordedCauseError } from '../../kernel/errors/cause';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import type { ProgressReport } from '../../kernel/operations/progress-writer';
import { TargetService } from '../../kernel/target/target.service';
import { BackupRows, type QueuedBackup } from '../catalogue/backup-rows';
import { BackupEntity } from '../catalogue/backup.entity';
import { BackupRunner, storageNameAt } from './backup-runner';
import { BackupsService } from '../catalogue/backups.service';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.service';
import { scopeOf, tablesOf, WHOLE } from '../catalogue/scope';

/** What a caller asks for; everything is optional, and nothing asked means the whole database. */
export interface BackupRequest {
  label?: string | undefined;
  scope?: readonly string[] | undefined;
  include_files?: boolean | undefined;
}

/** Has backups made, or not. */
@Injectable()
export class BackupQueue {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rows: BackupRows,
    private readonly backups: BackupsService,
    private readonly keys: IdempotencyKeys,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly target: TargetService,
    private readonly runner: BackupRunner,
  ) {}

  /**
   * Queues a backup and returns its row.
   *
   * @param idempotencyKey a caller that got no answer asks again with the same key, and gets the same backup
   * @throws AppError `backups.invalid_request` for scopes that are unknown or have no table in the target,
   *   `backups.files_not_configured` for files without a files path, `backups.queue_full`
   */
  async create(caller: Caller, request: BackupRequest, idempotencyKey?: string): Promise<BackupEntity> {
    this.operations.refuseWhenShuttingDown();
    const { scope } = scopeOf(request.scope, this.config.scopes);
    await this.refuseEmptyScopes(scope);
    const includeFiles = request.include_files === true;
    if (includeFiles && this.config.filesPath === undefined) {
      throw new AppError('backups.files_not_configured', { details: { field: 'include_files' } });
    }
    const label = request.label?.trim();
    const id = await this.reserveId();
    // Key and row are there together or not at all; who comes with the same key meanwhile waits for that.
    const known = await this.dataSource.transaction(async (manager) => {
      const started = await this.keys.use(manager, {
        caller,
        key: idempotencyKey,
        request: { label: label ?? '', scope, includeFiles },
        id,
      });
      if (started !== undefined) return started;
      await this.refuseWhenFull(manager);
      const queued = {
        id,
        trigger: 'manual',
        label: label === undefined || label === '' ? null : label,
        scope,
        includeFiles,
        requestedBy: caller.name,
      } as const;
      await this.rows.insertQueued(queued, manager);
      return id;
    });
    if (known === id) this.kick();
    return this.backups.get(known);
  }

  /** Draws the id of a backup to be. */
  async reserveId(): Promise<number> {
    return this.rows.reserveId();
  }

  /**
   * Queues the plan's backup of the whole database under an id that was reserved for it; once queued, again changes nothing.
   * What keeps it from being made is told by its row, as of any other.
   */
  async createScheduled(id: number, { includeFiles }: { includeFiles: boolean }): Promise<void> {
    await this.queue({ id, trigger: 'scheduled', label: null, scope: [WHOLE], includeFiles, requestedBy: SCHEDULER });
  }

  /**
   * Makes a backup of what a restore is about to replace, and waits for it. The caller holds the target's lock alone.
   *
   * @param request.tables of the scope `TABLES`
   * @throws AppError with the code of the failed backup
   */
  async makeSafety(request: {
    requestedBy: string;
    scope: string[];
    tables?: readonly RelationName[] | undefined;
    label: string;
    onProgress: (report: ProgressReport) => void;
    signal: AbortSignal;
  }): Promise<BackupEntity> {
    const id = await this.reserveId();
    await this.locks.during(async (session) => {
      await session.tryLock(lockName.backupRun(id), 'exclusive');
      const backup = await this.rows.insertRunning({
        id,
        trigger: 'safety',
        label: request.label,
        scope: request.scope,
        includeFiles: false,
        requestedBy: request.requestedBy,
        storageName: storageNameAt(this.clock.now()),
      });
      const { tables, onProgress } = request;
      await this.runner.makeNow(backup, {
        signal: AbortSignal.any([request.signal, session.signal]),
        onProgress,
        tables,
      });
    });
    const made = await this.backups.get(id);
    if (made.status !== 'success') {
      const { errorCode, errorCause } = made;
      const cause = errorCause === null ? undefined : new RecordedCauseError(errorCause);
      throw new AppError(errorCode ?? 'backups.internal', present({ cause }));
    }
    return made;
  }

  /**
   * Stops a backup: a queued one at once, a running one soon, wherever it runs.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready` when it has ended already
   */
  async cancel(id: number): Promise<BackupEntity> {
    if (await this.rows.cancelQueued(id)) return this.backups.get(id);
    const isRequested = await this.rows.requestCancel(id);
    const backup = await this.backups.get(id);
    if (!isRequested) {
      const hint = 'Only a backup that has not ended can be canceled.';
      throw new AppError('backups.not_ready', { details: { hint } });
    }
    return backup;
  }

  /** A scope none of whose tables exist would make a backup that only says it holds something. */
  private async refuseEmptyScopes(scope: readonly string[]): Promise<void> {
    const wanted = tablesOf(scope, this.config.scopes);
    if (wanted === undefined) return;
    const existing = await this.target.existingTables(wanted.map(({ name }) => name));
    const empty = scope.filter((name) => !(this.config.scopes.get(name) ?? []).some((table) => existing.has(table)));
    if (empty.length > 0) throw new AppError('backups.invalid_request', { details: { field: 'scope', empty } });
  }

  /** One at a time, so that many who come at once do not all find the last place. */
  private async refuseWhenFull(manager: EntityManager): Promise<void> {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('berkut backup queue', 0))`);
    const waiting = await manager.countBy(BackupEntity, { status: 'queued' });
    const limit = this.config.maxQueuedBackups;
    if (waiting >= limit) throw new AppError('backups.queue_full', { details: { limit } });
  }

  private async queue(backup: QueuedBackup): Promise<void> {
    await this.rows.insertQueued(backup);
    this.kick();
  }

  /** Queued is queued: when this process is ending, another one or the next start makes it. */
  private kick(): void {
    if (!this.operations.isClosing) this.runner.kick();
  }
}
