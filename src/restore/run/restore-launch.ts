import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, QueryFailedError, Repository } from 'typeorm';
import type { BackupEntity } from '../../backups/catalogue/backup.entity';
import { BackupsService } from '../../backups/catalogue/backups.service';
import type { RelationName } from '../../engine/postgres/server/relation-name';
import { Clock } from '../../kernel/clock/clock';
import { AppError, type ErrorDetails } from '../../kernel/errors/app-error';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { backupInTheWay, runInTheWay } from '../record/in-the-way';
import type { RestoreMode } from '../record/restore-mode';
import { RestoreRunEntity } from '../record/restore-run.entity';
import { initialSteps } from '../record/restore-steps';
import { RestoreRunner } from './restore-runner';

/** What kind of run is started. */
export interface RunKind {
  mode: RestoreMode;
  /** The run whose old state comes back. */
  rollbackOf?: RestoreRunEntity;
  /** Scopes to restore; `null` for all of the backup. */
  scope?: string[] | null;
  /** Single tables of the backup. */
  tables?: readonly RelationName[];
  skipSafetyReason?: string;
  allowsIncomplete?: boolean;
  isOnline?: boolean;
  into?: string;
  keepHours?: number;
  /** The rehearsal whose database becomes the target. */
  promotionOf?: RestoreRunEntity;
}

/** Longer than any connection takes to close. */
const GIVE_BACK_MS = 5_000;
const LOOK_AGAIN_MS = 50;

/** Starts runs: takes their locks, makes their rows, and hands them to the runner. */
@Injectable()
export class RestoreLaunch {
  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly backups: BackupsService,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly runner: RestoreRunner,
  ) {}

  /**
   * Starts a run. The locks are taken before the row exists, so that no replica can mistake the new run for a dead one.
   *
   * @param mayBegin looks with the locks once more at what was looked at without them
   * @throws AppError `backups.concurrent_operation`, `backups.file_busy`, or what `mayBegin` throws
   */
  async launch(
    requestedBy: string,
    backup: BackupEntity | undefined,
    kind: RunKind,
    mayBegin: (session: LockSession) => Promise<void> = () => Promise.resolve(),
  ): Promise<RestoreRunEntity> {
    this.operations.refuseWhenShuttingDown();
    const session = await this.locks.open();
    try {
      await this.takeTurn(session, kind);
      if (backup !== undefined && !(await session.tryLock(lockName.backupFile(backup.id), 'shared'))) {
        throw new AppError('backups.file_busy', { details: { hint: 'The backup is being removed.' } });
      }
      await mayBegin(session);
      const run = await this.insert(requestedBy, backup, kind, session);
      this.operations.start(`restore run ${run.id}`, (signal) => this.runner.run(run.id, session, signal, kind));
      return run;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /**
   * Takes the lock of this kind of run. An operation that has just ended shows its end before it gives its lock back. A caller
   * that saw the end must not be refused for that.
   */
  private async takeTurn(session: LockSession, { mode, into }: RunKind): Promise<void> {
    const changes = into === undefined && mode !== 'verify' && mode !== 'rehearse';
    // A restore into a new database leaves the target to backups, and keeps out restores and dry runs, with whose roles its own collide.
    if (into !== undefined) await this.takeLock(session, lockName.target, 'shared');
    await this.takeLock(session, changes ? lockName.target : lockName.dryRun, 'exclusive');
  }

  private async takeLock(session: LockSession, lock: string, how: 'shared' | 'exclusive'): Promise<void> {
    const changes = lock === lockName.target && how === 'exclusive';
    const untilMs = this.clock.now().getTime() + GIVE_BACK_MS;
    while (!(await session.tryLock(lock, how))) {
      const details = await this.inTheWay(changes);
      if (details !== undefined) throw new AppError('backups.concurrent_operation', { details });
      if (this.clock.now().getTime() > untilMs) throw new AppError('backups.concurrent_operation');
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** What goes on that a real run, or a dry one, has to wait for. */
  private async inTheWay(changes: boolean): Promise<ErrorDetails | undefined> {
    const status = In(['queued', 'running']);
    // A restore that loads while the target is open lets no dry run begin.
    const run =
      (await this.runs.findOneBy({ dryRun: !changes, status })) ??
      (changes ? null : await this.runs.findOneBy({ dryRun: false, status }));
    if (run !== null) return runInTheWay(run);
    const backupId = changes ? await this.backups.findRunning() : undefined;
    return backupId === undefined ? undefined : backupInTheWay(backupId);
  }

  private async insert(
    requestedBy: string,
    backup: BackupEntity | undefined,
    kind: RunKind,
    session: LockSession,
  ): Promise<RestoreRunEntity> {
    const {
      mode,
      rollbackOf,
      scope = null,
      tables = null,
      skipSafetyReason,
      isOnline = false,
      into,
      keepHours,
      promotionOf,
    } = kind;
    const rows: { id: string }[] = await this.runs.query(`SELECT nextval('restore_run_id_seq') AS id`);
    const id = Number(rows[0]?.id);
    await session.tryLock(lockName.restoreRun(id), 'exclusive');
    const now = this.clock.now();
    try {
      return await this.runs.save(
        this.runs.create({
          id,
          backupId: backup?.id ?? (rollbackOf ?? promotionOf)?.backupId ?? 0,
          backupSource: backup?.source ?? null,
          status: 'queued',
          dryRun: mode === 'verify' || mode === 'rehearse',
          mode,
          rollbackOf: rollbackOf?.id ?? null,
          promotionOf: promotionOf?.id ?? null,
          keepHours: keepHours ?? null,
          scope,
          tables,
          skipSafetyReason: skipSafetyReason ?? null,
          requestedBy,
          isOnline,
          into: into ?? null,
          steps: initialSteps(mode, stepsOf(kind)),
          logs: [],
          sizeBytes: backup?.sizeBytes ?? null,
          filename: backup?.storageName ?? null,
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

function stepsOf({ isOnline, into, keepHours }: RunKind): 'online' | 'into' | 'kept' | 'usual' {
  if (into !== undefined) return 'into';
  if (keepHours !== undefined) return 'kept';
  return isOnline === true ? 'online' : 'usual';
}
