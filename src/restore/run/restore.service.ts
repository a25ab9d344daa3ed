import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, QueryFailedError, Repository } from 'typeorm';
import type { BackupEntity } from '../../backups/catalogue/backup.entity';
import { BackupsService } from '../../backups/catalogue/backups.service';
import { scopeOf, WHOLE } from '../../backups/catalogue/scope';
import { present } from '../../engine/optional/present';
import { databaseOids } from '../../engine/postgres/database/staging';
import { withConnection } from '../../engine/postgres/server/connection';
import type { Caller } from '../../kernel/request/caller';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError, type ErrorDetails } from '../../kernel/errors/app-error';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { TargetService } from '../../kernel/target/target.service';
import { backupInTheWay, runInTheWay } from '../record/in-the-way';
import { RestoreRunEntity } from '../record/restore-run.entity';
import type { RestoreMode } from '../record/restore-mode';
import { KeptCopies } from '../leftovers/kept-copies';
import {
  isWholeMeant,
  refuseName,
  refuseOnline,
  refusePromoting,
  type RestoreRequest,
  scopeFor,
} from './restore-request';
import { KeptRehearsals, notKept } from '../leftovers/kept-rehearsals';
import { RestoreRunner } from './restore-runner';
import { initialSteps } from '../record/restore-steps';

/** What kind of run is started. */
interface RunKind {
  mode: RestoreMode;
  /** The run whose old state comes back. */
  rollbackOf?: RestoreRunEntity;
  /** Scopes to restore; `null` for all of the backup. */
  scope?: string[] | null;
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
    private readonly kept: KeptCopies,
    private readonly rehearsals: KeptRehearsals,
  ) {}

  /**
   * Starts a real restore.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready`, `backups.concurrent_operation` while a backup or another
   *   restore runs, `backups.invalid_request` for a wrong confirmation or a scope
   */
  async start(caller: Caller, backupId: number, request: RestoreRequest): Promise<RestoreRunEntity> {
    const backup = await this.readyBackup(backupId);
    const { into } = request;
    // It confirms that the target is replaced.
    if (into === undefined || request.confirm !== undefined) this.checkConfirmation(request.confirm);
    const scope = scopeFor(backup, scopeOf(request.scope, this.config.scopes).scope);
    if (scope === null && !isWholeMeant(request)) {
      throw new AppError('backups.invalid_request', {
        details: { field: 'scope', hint: 'To replace the whole database, send {"scope": ["ALL"]}.' },
      });
    }
    if (request.online === true) refuseOnline(scope, this.config);
    if (into !== undefined) await this.refuseInto(into, scope, request);
    const reason = request.skip_safety_backup_reason?.trim();
    return this.launch(caller.name, backup, {
      mode: 'restore',
      scope,
      allowsIncomplete: request.allow_incomplete === true,
      isOnline: request.online === true,
      ...present({ into }),
      ...present({ skipSafetyReason: reason === '' ? undefined : reason }),
    });
  }

  /**
   * Starts a dry run, which never touches the target: `verify` reads all of the backup, `rehearse` also loads it into a
   * scratch database, which is dropped, or kept for `keepHours`.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready`, `backups.concurrent_operation` while another dry run runs
   *   or, to keep one, another rehearsal keeps its database, `backups.invalid_request` for what cannot be kept
   */
  async startDryRun(
    requestedBy: string,
    backupId: number,
    mode: 'verify' | 'rehearse',
    { allowsIncomplete = false, keepHours }: { allowsIncomplete?: boolean; keepHours?: number | undefined } = {},
  ): Promise<RestoreRunEntity> {
    const backup = await this.readyBackup(backupId);
    const scope = scopeFor(backup, [WHOLE]);
    if (keepHours !== undefined) refusePromoting(this.config, 'keep_hours');
    return this.launch(requestedBy, backup, { mode, scope, allowsIncomplete, ...present({ keepHours }) });
  }

  /**
   * Starts to put the database that a rehearsal has kept in the place of the target.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready` when nothing is kept, `backups.concurrent_operation`,
   *   `backups.invalid_request` for a wrong confirmation, or where no old database is kept
   */
  async startPromotion(caller: Caller, id: number, confirm: string | undefined): Promise<RestoreRunEntity> {
    const rehearsal = await this.get(id);
    this.checkConfirmation(confirm);
    refusePromoting(this.config);
    await this.rehearsals.refuseUnkept(rehearsal);
    return this.launch(caller.name, undefined, { mode: 'promote', promotionOf: rehearsal });
  }

  /**
   * Drops the database that a rehearsal has kept.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready` when nothing is kept, or it is being promoted
   */
  async discard(id: number): Promise<RestoreRunEntity> {
    await this.get(id);
    if (!(await this.rehearsals.giveUp(id))) throw notKept();
    return this.get(id);
  }

  /**
   * Starts to put back what a finished restore has kept of the state before it.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready` when nothing is kept, `backups.concurrent_operation`
   */
  async startRollback(caller: Caller, id: number): Promise<RestoreRunEntity> {
    const run = await this.get(id);
    await this.refuseWithoutKept(id);
    return this.launch(caller.name, undefined, { mode: 'rollback', rollbackOf: run });
  }

  /**
   * Stops a dry run, a restore into a new database, or one that loads its backup while the target is open, wherever it runs. A restore that has closed
   * the target cannot be canceled: it ends by itself, whole.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready` when it has ended or closed the target
   */
  async cancel(id: number): Promise<RestoreRunEntity> {
    const done = await this.runs
      .createQueryBuilder()
      .update()
      .set({ cancelRequested: true, updatedAt: this.clock.now() })
      .where({ id, status: In(['queued', 'running']) })
      .andWhere(
        `(dry_run OR into_database IS NOT NULL OR (online AND coalesce(journal ->> 'phase', 'staging') = 'staging'))`,
      )
      .execute();
    const run = await this.get(id);
    if (done.affected !== 1) {
      const hint =
        'Only a dry run or a restore into a new database that has not ended, or an online restore that still loads its backup, can be canceled.';
      throw new AppError('backups.not_ready', { details: { hint } });
    }
    return run;
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

  private async refuseWithoutKept(id: number): Promise<void> {
    const run = await this.get(id);
    const isKept =
      run.status === 'success' &&
      run.journal?.kind === 'swap' &&
      run.rollbackUntil !== null &&
      run.rollbackUntil > this.clock.now() &&
      (await this.kept.isThere(run.journal));
    if (!isKept) {
      const hint = 'A rollback takes the number of a restore by swap whose old database is still kept.';
      throw new AppError('backups.not_ready', { details: { hint } });
    }
  }

  private async refuseInto(into: string, scope: readonly string[] | null, request: RestoreRequest): Promise<void> {
    refuseName(into, { scope, isOnline: request.online === true }, this.config);
    const oids = await withConnection(this.target.maintenanceAddress, (admin) => databaseOids(admin, [into]));
    if (!oids.has(into)) return;
    throw new AppError('backups.restore.database_exists', {
      details: { field: 'into', hint: 'Name a database that is not there, or drop that one first.' },
    });
  }

  private checkConfirmation(confirm: string | undefined): void {
    if (confirm === undefined && !this.config.restore.confirm) return;
    if (confirm !== this.target.address.database) {
      const expected = this.target.address.database;
      throw new AppError('backups.invalid_request', {
        details: {
          field: 'confirm',
          hint: `Send the name of the target database: {"confirm": ${JSON.stringify(expected)}}.`,
        },
      });
    }
  }

  /** The locks are taken before the row exists, so that no replica can mistake the new run for a dead one. */
  private async launch(
    requestedBy: string,
    backup: BackupEntity | undefined,
    kind: RunKind,
  ): Promise<RestoreRunEntity> {
    this.operations.refuseWhenShuttingDown();
    const session = await this.locks.open();
    try {
      await this.takeTurn(session, kind);
      if (backup !== undefined && !(await session.tryLock(lockName.backupFile(backup.id), 'shared'))) {
        throw new AppError('backups.file_busy', { details: { hint: 'The backup is being removed.' } });
      }
      if (kind.keepHours !== undefined) await this.rehearsals.refuseAnother(kind.mode, kind.scope ?? null);
      // Looked at again with the lock: until then it may have been dropped.
      if (kind.rollbackOf !== undefined) await this.refuseWithoutKept(kind.rollbackOf.id);
      if (kind.promotionOf !== undefined) {
        if (!(await session.tryLock(lockName.scratch(kind.promotionOf.id), 'exclusive'))) throw notKept();
        await this.rehearsals.refuseUnkept(kind.promotionOf);
      }
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
    const { mode, rollbackOf, scope = null, skipSafetyReason, isOnline = false, into, keepHours, promotionOf } = kind;
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
