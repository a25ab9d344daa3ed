import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { QueryFailedError, Repository } from 'typeorm';
import type { BackupEntity } from '../backups/backup.entity';
import { BackupsService } from '../backups/backups.service';
import { WHOLE } from '../backups/scope';
import type { Caller } from '../kernel/access/caller';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { lockName, type LockSession } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { OperationsService } from '../kernel/operations/operations.service';
import { TargetService } from '../kernel/target/target.service';
import { RestoreRunEntity, type RestoreMode } from './restore-run.entity';
import { RestoreRunner } from './restore-runner';
import { initialSteps } from './restore-steps';

/** What a caller says about a real restore. */
export interface RestoreRequest {
  confirm?: string | undefined;
  scope?: readonly string[] | undefined;
}

/** Owns the rows of `restore_runs`. */
@Injectable()
export class RestoreService {
  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly backups: BackupsService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly target: TargetService,
    private readonly runner: RestoreRunner,
  ) {}

  /**
   * Starts a real restore.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready`, `backups.concurrent_operation` while a backup or another
   *   restore runs, `backups.invalid_request` for a wrong confirmation or a scope
   */
  async start(caller: Caller, backupId: number, request: RestoreRequest): Promise<RestoreRunEntity> {
    const backup = await this.readyBackup(backupId);
    this.checkConfirmation(request.confirm);
    refuseScoped(backup, request.scope);
    return this.launch(caller, backup, 'restore');
  }

  /**
   * Starts a dry run, which never touches the target.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready`
   */
  async startDryRun(caller: Caller, backupId: number): Promise<RestoreRunEntity> {
    return this.launch(caller, await this.readyBackup(backupId), 'verify');
  }

  async list(page: { limit: number; offset: number }): Promise<{ items: RestoreRunEntity[]; total: number }> {
    const [items, total] = await this.runs.findAndCount({
      order: { createdAt: 'DESC', id: 'DESC' },
      take: page.limit,
      skip: page.offset,
    });
    return { items, total };
  }

  /** @throws AppError `backups.not_found` */
  async get(id: number): Promise<RestoreRunEntity> {
    const run = await this.runs.findOneBy({ id });
    if (run === null) throw new AppError('backups.not_found');
    return run;
  }

  private async readyBackup(id: number): Promise<BackupEntity> {
    const backup = await this.backups.get(id);
    if (backup.status !== 'success') throw new AppError('backups.not_ready');
    return backup;
  }

  private checkConfirmation(confirm: string | undefined): void {
    if (confirm === undefined && !this.config.restore.confirm) return;
    if (confirm !== this.target.address.database) {
      throw new AppError('backups.invalid_request', { details: { field: 'confirm' } });
    }
  }

  /** The locks are taken before the row exists, so that no replica can mistake the new run for a dead one. */
  private async launch(caller: Caller, backup: BackupEntity, mode: RestoreMode): Promise<RestoreRunEntity> {
    this.operations.refuseWhenShuttingDown();
    const session = await this.locks.open();
    try {
      if (mode === 'restore' && !(await session.tryLock(lockName.target, 'exclusive'))) {
        throw new AppError('backups.concurrent_operation');
      }
      if (!(await session.tryLock(lockName.backupFile(backup.id), 'shared'))) throw new AppError('backups.file_busy');
      const run = await this.insert(caller, backup, mode, session);
      this.operations.start(`restore run ${run.id}`, (signal) => this.runner.run(run.id, session, signal));
      return run;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private async insert(
    caller: Caller,
    backup: BackupEntity,
    mode: RestoreMode,
    session: LockSession,
  ): Promise<RestoreRunEntity> {
    const rows: { id: string }[] = await this.runs.query(`SELECT nextval('restore_run_id_seq') AS id`);
    const id = Number(rows[0]?.id);
    await session.tryLock(lockName.restoreRun(id), 'exclusive');
    const now = this.clock.now();
    const isDryRun = mode !== 'restore';
    try {
      return await this.runs.save(
        this.runs.create({
          id,
          backupId: backup.id,
          status: 'queued',
          dryRun: isDryRun,
          mode,
          requestedBy: caller.name,
          steps: initialSteps(isDryRun),
          logs: [],
          sizeBytes: backup.sizeBytes,
          filename: backup.storageName,
          createdAt: now,
          updatedAt: now,
        }),
      );
    } catch (error) {
      if (error instanceof QueryFailedError && 'constraint' in error.driverError) {
        throw new AppError('backups.concurrent_operation', { cause: error });
      }
      throw error;
    }
  }
}

/** Only whole backups are put back as a whole; a part of one must not replace everything. */
function refuseScoped(backup: BackupEntity, requested: readonly string[] | undefined): void {
  const isWhole = (scope: readonly string[]): boolean => scope.every((name) => name === WHOLE);
  if (!isWhole(backup.scope) || !isWhole(requested ?? [])) {
    throw new AppError('backups.invalid_request', { details: { field: 'scope', supported: [WHOLE] } });
  }
}
