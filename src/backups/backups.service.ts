import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { ArrayContains, Brackets, type EntityManager, IsNull, Repository } from 'typeorm';
import { Storage, type StoredFile } from '../engine/storage/storage';
import { type Caller, SCHEDULER } from '../kernel/access/caller';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { lockName } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { OperationsService } from '../kernel/operations/operations.service';
import type { ProgressReport } from '../kernel/operations/progress-writer';
import { TargetService } from '../kernel/target/target.service';
import { BackupEntity } from './backup.entity';
import { BackupRemoval, type Expiry } from './backup-removal.service';
import { BackupRunner, storageNameAt } from './backup-runner';
import type { ListBackupsQuery } from './backup-requests.dto';
import { FileCheck } from './file-check.service';
import { IdempotencyKeys } from './idempotency-keys.service';
import { normalizeScope, tablesOf, WHOLE } from './scope';

/** What a caller asks for; everything is optional, and nothing asked means the whole database. */
export interface BackupRequest {
  label?: string | undefined;
  scope?: readonly string[] | undefined;
  include_files?: boolean | undefined;
}

/** What is known of a backup before it is made. */
type QueuedBackup = Pick<BackupEntity, 'id' | 'trigger' | 'label' | 'scope' | 'includeFiles' | 'requestedBy'>;

/** A container opened for reading, protected from removal until `close`. */
export interface OpenedBackup {
  backup: BackupEntity & { storageName: string; checksum: string };
  file: StoredFile;
  /** May be called more than once. */
  close(): Promise<void>;
}

/** Owns the rows of `backups`. */
@Injectable()
export class BackupsService {
  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly keys: IdempotencyKeys,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly storage: Storage,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly target: TargetService,
    private readonly runner: BackupRunner,
    private readonly removal: BackupRemoval,
    private readonly fileCheck: FileCheck,
  ) {}

  /**
   * Queues a backup and returns its row.
   *
   * @param idempotencyKey a caller who is not sure whether he was heard asks again with the same key, and gets the same backup
   * @throws AppError `backups.invalid_request` for scopes that are unknown or have no table in the target,
   *   `backups.files_not_configured` for files without a files path
   */
  async create(caller: Caller, request: BackupRequest, idempotencyKey?: string): Promise<BackupEntity> {
    this.operations.refuseWhenShuttingDown();
    const scope = this.checkedScope(request.scope);
    await this.refuseEmptyScopes(scope);
    const includeFiles = request.include_files === true;
    if (includeFiles && this.config.filesPath === undefined) {
      throw new AppError('backups.files_not_configured', { details: { field: 'include_files' } });
    }
    const label = request.label?.trim();
    const id = await this.reserveId();
    // Key and row are there together or not at all; who comes with the same key meanwhile waits for that.
    const known = await this.backups.manager.transaction(async (manager) => {
      const started = await this.keys.use(manager, {
        caller,
        key: idempotencyKey,
        request: { label: label ?? '', scope, includeFiles },
        id,
      });
      if (started !== undefined) return started;
      await this.insertQueued(manager, {
        id,
        trigger: 'manual',
        label: label === undefined || label === '' ? null : label,
        scope,
        includeFiles,
        requestedBy: caller.name,
      });
      return id;
    });
    if (known === id) this.kick();
    return this.get(known);
  }

  /** Draws the id of a backup to be. */
  async reserveId(): Promise<number> {
    const rows: { id: string }[] = await this.backups.query(`SELECT nextval('backup_id_seq') AS id`);
    return Number(rows[0]?.id);
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
   * @throws AppError with the code of the failed backup
   */
  async makeSafety(request: {
    requestedBy: string;
    scope: string[];
    label: string;
    onProgress: (report: ProgressReport) => void;
    signal: AbortSignal;
  }): Promise<BackupEntity> {
    const id = await this.reserveId();
    const session = await this.locks.open();
    try {
      await session.tryLock(lockName.backupRun(id), 'exclusive');
      const now = this.clock.now();
      const backup = await this.backups.save(
        this.backups.create({
          id,
          source: 'local',
          trigger: 'safety',
          status: 'running',
          label: request.label,
          scope: request.scope,
          includeFiles: false,
          requestedBy: request.requestedBy,
          storageName: storageNameAt(now),
          createdAt: now,
          updatedAt: now,
        }),
      );
      await this.runner.makeNow(backup, AbortSignal.any([request.signal, session.signal]), request.onProgress);
    } finally {
      await session.close();
    }
    const made = await this.get(id);
    if (made.status !== 'success') throw new AppError(made.errorCode ?? 'backups.internal');
    return made;
  }

  /**
   * The tables in `public` that scopes of this installation name.
   *
   * @throws AppError `backups.invalid_request` for unknown names
   */
  scopeOf(requested: readonly string[] | undefined): { scope: string[]; tables: readonly string[] | undefined } {
    const scope = this.checkedScope(requested);
    return { scope, tables: tablesOf(scope, this.config.scopes) };
  }

  async list(query: ListBackupsQuery): Promise<{ items: BackupEntity[]; total: number }> {
    const descending = query.sort.startsWith('-');
    const isBySize = query.sort.endsWith('size_bytes');
    const order = descending ? 'DESC' : 'ASC';
    const find = this.backups
      .createQueryBuilder('b')
      .where('b.removing IS NULL')
      // A backup without a size is the smallest. A word on nulls where there are none would keep the index from being used.
      .orderBy(
        isBySize ? 'b.sizeBytes' : 'b.createdAt',
        order,
        isBySize ? (descending ? 'NULLS LAST' : 'NULLS FIRST') : undefined,
      )
      .addOrderBy('b.id', order)
      .limit(query.limit)
      .offset(query.offset);
    if (query.status !== undefined) find.andWhere('b.status = :status', { status: query.status });
    if (query.source !== undefined) find.andWhere('b.source = :source', { source: query.source });
    if (query.q !== undefined && query.q !== '') {
      const pattern = `%${query.q.replace(/[\\%_]/g, String.raw`\$&`)}%`;
      find.andWhere(
        new Brackets((or) =>
          or
            .where('b.label ILIKE :pattern', { pattern })
            .orWhere('b.storageName ILIKE :pattern')
            .orWhere('b.originFilename ILIKE :pattern')
            .orWhere('b.requestedBy ILIKE :pattern'),
        ),
      );
    }
    const isFiltered = query.status !== undefined || query.source !== undefined || (query.q ?? '') !== '';
    if (isFiltered) {
      const [items, total] = await find.getManyAndCount();
      return { items, total };
    }
    const [items, total] = await Promise.all([find.getMany(), this.total()]);
    return { items, total };
  }

  /** Kept by the database, whoever changes the table. */
  private async total(): Promise<number> {
    const rows: { n: string }[] = await this.backups.query('SELECT n FROM backup_total');
    return Number(rows[0]?.n);
  }

  /** @throws AppError `backups.not_found` */
  async get(id: number): Promise<BackupEntity> {
    const backup = await this.find(id);
    if (backup === undefined) throw new AppError('backups.not_found');
    return backup;
  }

  async find(id: number): Promise<BackupEntity | undefined> {
    return (await this.backups.findOneBy({ id, removing: IsNull() })) ?? undefined;
  }

  /** Every backup, without what is only shown. */
  async all(): Promise<BackupEntity[]> {
    return this.backups.find({
      where: { removing: IsNull() },
      select: {
        id: true,
        status: true,
        trigger: true,
        scope: true,
        createdAt: true,
        pinned: true,
        verifiedAt: true,
        errorCode: true,
        storageName: true,
        sizeBytes: true,
        keyId: true,
      },
    });
  }

  /**
   * Opens the container of a finished backup; until it is closed nobody can remove it, on any replica.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready`, `backups.file_busy` (being removed), `backups.file_missing`,
   *   `backups.checksum_mismatch` (the file does not have the recorded size)
   */
  async open(id: number): Promise<OpenedBackup> {
    const release = await this.locks.tryRead(lockName.backupFile(id));
    if (release === undefined) throw new AppError('backups.file_busy');
    let file: StoredFile | undefined;
    const close = once(async () => {
      try {
        await file?.close();
      } finally {
        await release();
      }
    });
    try {
      const backup = await this.get(id);
      const { storageName, checksum } = backup;
      if (backup.status !== 'success' || storageName === null || checksum === null)
        throw new AppError('backups.not_ready');
      file = await this.storage.open(storageName);
      if (file.sizeBytes !== backup.sizeBytes) throw new AppError('backups.checksum_mismatch');
      return { backup: Object.assign(backup, { storageName, checksum }), file, close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  /**
   * Opens a container whose bytes are those that were written.
   *
   * @throws AppError as {@link open}, and `backups.checksum_mismatch` also when the file was changed
   */
  async openUnchanged(id: number): Promise<OpenedBackup> {
    const opened = await this.open(id);
    try {
      await this.fileCheck.ensureUnchanged(opened.backup, opened.file);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Notes that a backup has been restored, if only for a rehearsal. */
  async markVerified(id: number): Promise<void> {
    const now = this.clock.now();
    await this.backups.update({ id }, { verifiedAt: now, updatedAt: now });
  }

  /** Whether a backup is being made, on any replica. */
  async isAnyRunning(): Promise<boolean> {
    return this.backups.existsBy({ status: 'running' });
  }

  /** The newest backup of the whole database that is a success and whose file is as it was, if there is one. */
  async newestSuccessful(): Promise<BackupEntity | undefined> {
    const backup = await this.backups.findOne({
      where: { status: 'success', errorCode: IsNull(), removing: IsNull(), scope: ArrayContains([WHOLE]) },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    return backup ?? undefined;
  }

  /** Removes a backup for a caller; see {@link BackupRemoval.remove}. */
  async remove(id: number): Promise<BackupEntity> {
    return this.removal.remove(id);
  }

  /** Removes a backup for retention; see {@link BackupRemoval.expire}. */
  async expire(id: number, expiry: Expiry): Promise<void> {
    await this.removal.expire(id, expiry);
  }

  /** Those that somebody makes, downloads, verifies or restores now, on any replica. */
  async inUse(ids: readonly number[]): Promise<Set<number>> {
    return this.removal.inUse(ids);
  }

  /**
   * Changes what people say of a backup.
   *
   * @throws AppError `backups.not_found`
   */
  async update(
    id: number,
    changes: { label?: string | undefined; pinned?: boolean | undefined },
  ): Promise<BackupEntity> {
    const label = changes.label?.trim();
    const done = await this.backups.update(
      { id, removing: IsNull() },
      {
        ...(label === undefined ? {} : { label: label === '' ? null : label }),
        ...(changes.pinned === undefined ? {} : { pinned: changes.pinned }),
        updatedAt: this.clock.now(),
      },
    );
    if (done.affected !== 1) throw new AppError('backups.not_found');
    return this.get(id);
  }

  /**
   * Stops a backup: a queued one at once, a running one soon, wherever it runs.
   *
   * @throws AppError `backups.not_found`, `backups.not_ready` when it has ended already
   */
  async cancel(id: number): Promise<BackupEntity> {
    const now = this.clock.now();
    const queued = await this.backups.update(
      { id, status: 'queued' },
      { status: 'canceled', progress: null, updatedAt: now, finishedAt: now },
    );
    if (queued.affected === 1) return this.get(id);
    const running = await this.backups.update({ id, status: 'running' }, { cancelRequested: true, updatedAt: now });
    const backup = await this.get(id);
    if (running.affected !== 1) throw new AppError('backups.not_ready');
    return backup;
  }

  private checkedScope(requested: readonly string[] | undefined): string[] {
    const result = normalizeScope(requested, this.config.scopes);
    if ('scope' in result) return result.scope;
    throw new AppError('backups.invalid_request', { details: { field: 'scope', unknown: result.unknown } });
  }

  /** A scope none of whose tables exist would make a backup that only says it holds something. */
  private async refuseEmptyScopes(scope: readonly string[]): Promise<void> {
    const wanted = tablesOf(scope, this.config.scopes);
    if (wanted === undefined) return;
    const existing = await this.target.existingTables(wanted);
    const empty = scope.filter((name) => !(this.config.scopes.get(name) ?? []).some((table) => existing.has(table)));
    if (empty.length > 0) throw new AppError('backups.invalid_request', { details: { field: 'scope', empty } });
  }

  private async queue(backup: QueuedBackup): Promise<void> {
    await this.insertQueued(this.backups.manager, backup);
    this.kick();
  }

  /** Queued is queued: when this process is ending, another one or the next start makes it. */
  private kick(): void {
    if (!this.operations.isClosing) this.runner.kick();
  }

  private async insertQueued(manager: EntityManager, backup: QueuedBackup): Promise<void> {
    const now = this.clock.now();
    await manager
      .createQueryBuilder()
      .insert()
      .into(BackupEntity)
      .values({
        ...backup,
        source: 'local',
        status: 'queued',
        progress: { phase: 'queued', percent: 0, bytes_done: 0 },
        createdAt: now,
        updatedAt: now,
      })
      .orIgnore()
      .execute();
  }
}

/** A lock that counts must be given back exactly once. */
function once(act: () => Promise<void>): () => Promise<void> {
  let acting: Promise<void> | undefined;
  return () => (acting ??= act());
}
