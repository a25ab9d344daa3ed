import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import type { BackupEntity } from '../../backups/catalogue/backup.entity';
import { BackupsService } from '../../backups/catalogue/backups.service';
import { scopeOf, SINGLE_TABLES, WHOLE } from '../../backups/catalogue/scope';
import { present } from '../../engine/optional/present';
import { databaseOids } from '../../engine/postgres/database/staging';
import { withConnection } from '../../engine/postgres/server/connection';
import type { Caller } from '../../kernel/request/caller';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { EntityRows } from '../../kernel/database/entity-rows';
import { AppError } from '../../kernel/errors/app-error';
import { lockName } from '../../kernel/operations/lock-session';
import { TargetService } from '../../kernel/target/target.service';
import { RestoreRunEntity } from '../record/restore-run.entity';
import { KeptCopies } from '../leftovers/kept-copies';
import {
  isWholeMeant,
  refuseBesideTables,
  refuseName,
  refuseOnline,
  refusePromoting,
  type RestoreRequest,
  scopeFor,
} from './restore-request';
import { KeptRehearsals, notKept } from '../leftovers/kept-rehearsals';
import { RestoreLaunch } from './restore-launch';
import { TableChoice } from './table-choice.service';

/** Says what callers may do with restore runs, and shows them. */
@Injectable()
export class RestoreService {
  private readonly entities: EntityRows<RestoreRunEntity>;

  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly backups: BackupsService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly target: TargetService,
    private readonly launcher: RestoreLaunch,
    private readonly kept: KeptCopies,
    private readonly rehearsals: KeptRehearsals,
    private readonly tableChoice: TableChoice,
  ) {
    this.entities = new EntityRows(runs);
  }

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
    if (request.tables !== undefined) refuseBesideTables(request);
    if (request.online === true) refuseOnline(scope, this.config);
    if (into !== undefined) await this.refuseInto(into, scope, request);
    const tables = request.tables === undefined ? undefined : await this.tableChoice.choose(backupId, request.tables);
    const reason = request.skip_safety_backup_reason?.trim();
    return this.launcher.launch(caller.name, backup, {
      mode: 'restore',
      scope: tables === undefined ? scope : [SINGLE_TABLES],
      allowsIncomplete: request.allow_incomplete === true,
      isOnline: request.online === true,
      ...present({ into, tables }),
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
    return this.launcher.launch(
      requestedBy,
      backup,
      { mode, scope, allowsIncomplete, ...present({ keepHours }) },
      async () => {
        if (keepHours !== undefined) await this.rehearsals.refuseAnother(mode, scope);
      },
    );
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
    return this.launcher.launch(
      caller.name,
      undefined,
      { mode: 'promote', promotionOf: rehearsal },
      async (session) => {
        if (!(await session.tryLock(lockName.scratch(id), 'exclusive'))) throw notKept();
        await this.rehearsals.refuseUnkept(rehearsal);
      },
    );
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
    // Looked at again with the lock: until then it may have been dropped.
    return this.launcher.launch(caller.name, undefined, { mode: 'rollback', rollbackOf: run }, () =>
      this.refuseWithoutKept(id),
    );
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

  list(page: { limit: number; offset: number }): Promise<{ items: RestoreRunEntity[]; total: number }> {
    return this.entities.page({ where: 'true', values: [], order: 'created_at DESC, id DESC', ...page });
  }

  /** @throws AppError `backups.not_found` */
  async get(id: number): Promise<RestoreRunEntity> {
    const run = await this.entities.byId(id);
    if (run === undefined) throw new AppError('backups.not_found');
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
}
