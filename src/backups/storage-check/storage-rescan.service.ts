import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { present } from '../../engine/optional/present';
import { Storage, StorageError } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { AppError } from '../../kernel/errors/app-error';
import { sinceMs, whyOf } from '../../kernel/operations/run-line';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { ProgressWriter } from '../../kernel/operations/progress-writer';
import { runFailureCode } from '../../kernel/operations/run-failure';
import { FAULT_CODES } from '../catalogue/file-faults';
import { BackupEntity } from '../catalogue/backup.entity';
import { FIRST_STORAGE } from '../../kernel/config/first-storage';
import { FurtherStorages } from '../../kernel/storage/further-storages';
import { FileAdoption } from './file-adoption';
import { FurtherRescan } from './further-rescan';
import { RekeyedFiles } from './rekeyed-files';
import { RescanEntity, type RescanResult } from './rescan.entity';
import { noteUnreadable, nothingFound, summaryOf } from './rescan-result';
import { StorageCheck } from './storage-check.service';

const LATEST = 1;

/** Files whose sizes are asked for at once. */
const ASKED_AT_ONCE = 16;

/** One rescan on its way. */
interface Run {
  readonly result: RescanResult;
  readonly signal: AbortSignal;
  readonly session: LockSession;
  readonly progress: ProgressWriter;
  readonly requestedBy: string;
  /** Name of the one storage that is looked at; all without it. */
  readonly only: string | undefined;
}

/**
 * Reads what is in the storage and brings the catalogue in line with it. A container says what it is, so a catalogue that
 * is lost can be made again from the files. Each is read and authenticated to its end, which takes hours where there is
 * much: it is an operation, of which there is one at a time over all replicas. Nothing is ever removed.
 */
@Injectable()
export class StorageRescan {
  private readonly logger = new Logger(StorageRescan.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    @InjectRepository(RescanEntity) private readonly rescans: Repository<RescanEntity>,
    private readonly clock: Clock,
    private readonly storage: Storage,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly check: StorageCheck,
    private readonly adoption: FileAdoption,
    private readonly rekeyedFiles: RekeyedFiles,
    private readonly further: FurtherStorages,
    private readonly furtherRescan: FurtherRescan,
    private readonly audit: AuditService,
  ) {}

  /**
   * Begins a rescan in the background.
   *
   * @param only name of the one storage that is looked at; all without it
   * @throws AppError `backups.concurrent_operation` while another one runs, `backups.invalid_request` for a name that no storage has
   */
  async start(requestedBy: string, only?: string): Promise<RescanEntity> {
    this.operations.refuseWhenShuttingDown();
    const names = [FIRST_STORAGE, ...this.further.all.map(({ name }) => name)];
    if (only !== undefined && !names.includes(only))
      throw new AppError('backups.invalid_request', { details: { field: 'storage', unknown: [only] } });
    const session = await this.locks.open();
    try {
      if (!(await session.tryLock(lockName.rescan, 'exclusive'))) {
        const hint = 'A rescan goes on; GET /api/backups/rescan shows how far it is.';
        throw new AppError('backups.concurrent_operation', { details: { in_the_way: { kind: 'rescan' }, hint } });
      }
      const now = this.clock.now();
      const begun = await this.rescans.save({
        id: LATEST,
        status: 'running' as const,
        requestedBy,
        progress: null,
        result: nothingFound(),
        errorCode: null,
        startedAt: now,
        updatedAt: now,
        finishedAt: null,
      });
      this.operations.start('rescan', (signal) => this.run(begun, { session, only, shutdown: signal }));
      return begun;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /**
   * The latest one, running or ended.
   *
   * @throws AppError `backups.not_found` when there was none
   */
  async latest(): Promise<RescanEntity> {
    const rescan = await this.rescans.findOneBy({ id: LATEST });
    if (rescan === null) throw new AppError('backups.not_found');
    return rescan;
  }

  /** Fails a rescan whose process is gone; what it had adopted stays adopted. */
  async endWhenDead(): Promise<void> {
    if (!(await this.rescans.existsBy({ id: LATEST, status: 'running' }))) return;
    await this.locks.tryWith(lockName.rescan, 'exclusive', async () => {
      const rescan = await this.rescans.findOneBy({ id: LATEST, status: 'running' });
      if (rescan !== null) await this.end(rescan, { status: 'failed', errorCode: 'backups.interrupted' });
    });
  }

  /** Records which files are now sealed with another key. A rescan does the same, so nothing is done while one runs. */
  async followRekeying(shutdown: AbortSignal): Promise<void> {
    await this.locks.tryWith(lockName.rescan, 'exclusive', async (session) => {
      const result = nothingFound();
      await this.rekeyedFiles.note(result, AbortSignal.any([shutdown, session.signal]));
      this.logger.log({ backup_ids: result.rekeyed }, 'files of backups have been rekeyed');
    });
  }

  private async run(
    rescan: RescanEntity,
    { session, only, shutdown }: Pick<Run, 'session' | 'only'> & { shutdown: AbortSignal },
  ): Promise<void> {
    const signal = AbortSignal.any([shutdown, session.signal]);
    const { result, requestedBy } = rescan;
    const beganAtMs = performance.now();
    const progress = new ProgressWriter(this.clock, async (view) => {
      await this.rescans.update(
        { id: LATEST, status: 'running' },
        { progress: view, result, updatedAt: this.clock.now() },
      );
    });
    try {
      await this.look({ result, signal, session, progress, requestedBy, only });
      await progress.settled();
      await this.end(rescan, { status: 'success', errorCode: null });
      const { adopted, missing, rekeyed, copies, unreadable } = result;
      const line = {
        adopted: adopted.length,
        missing: missing.length,
        rekeyed: rekeyed.length,
        copies: copies.length,
        unreadable: unreadable.length,
        storages: result.storages?.map(
          ({ storage, adopted: ids, found }) => `${storage}: ${ids.length}, ${found.length}`,
        ),
        duration_ms: sinceMs(beganAtMs),
      };
      this.logger.log(line, 'the rescan has ended');
    } catch (error) {
      await progress.settled();
      const errorCode = runFailureCode(error, signal, 'backups.interrupted');
      this.logger.warn({ error_code: errorCode, ...whyOf(errorCode, error) }, 'the rescan has failed');
      await this.end(rescan, { status: 'failed', errorCode });
    } finally {
      await session.close();
    }
  }

  private async look(run: Run): Promise<void> {
    const { only } = run;
    if (only === undefined || only === FIRST_STORAGE) await this.lookIntoFirst(run);
    for (const further of this.further.all) {
      if (only !== undefined && only !== further.name) continue;
      const onProgress = (bytesDone: number): void => run.progress.report({ phase: 'adopt', bytesDone });
      await this.furtherRescan.look(further, { ...run, onProgress });
    }
  }

  private async lookIntoFirst(run: Run): Promise<void> {
    const { result, signal } = run;
    // Also in maintenance, as it was asked for.
    const goesOn = (): Promise<boolean> => {
      signal.throwIfAborted();
      return Promise.resolve(false);
    };
    for (const [id, fault] of (await this.check.markFaults(goesOn)) ?? []) {
      if (fault === 'missing') result.missing.push(id);
      else {
        const backup = await this.backups.findOneBy({ id });
        if (backup !== null)
          result.unreadable.push({ filename: backup.storageName ?? '', error_code: FAULT_CODES[fault] });
      }
    }
    await this.rekeyedFiles.note(result, signal);
    const closed = await this.noteUnusable(result);
    const names = (await this.check.unknownFiles()).filter((name) => !closed.has(name));
    const sizes = await this.sizesOf(names, signal);
    const bytesTotal = sizes.reduce((sum, size) => sum + size, 0);
    let bytesBefore = 0;
    for (const [i, name] of names.entries()) {
      signal.throwIfAborted();
      const onProgress = (bytesDone: number): void =>
        run.progress.report({ phase: 'adopt', bytesDone: bytesBefore + bytesDone, bytesTotal });
      await this.take(name, run, onProgress);
      bytesBefore += sizes[i] ?? 0;
    }
  }

  /**
   * Says of what lies in the storage and is not a file of ours why it is not taken; what is wrong with one file keeps no other from
   * being adopted.
   *
   * @returns names of files that cannot be read
   */
  private async noteUnusable(result: RescanResult): Promise<Set<string>> {
    const closed = new Set<string>();
    for (const { name, reason, isClosed } of await this.storage.unusable('.bscc')) {
      if (isClosed) closed.add(name);
      const known = result.unreadable.find(({ filename }) => filename === name);
      if (known !== undefined) known.reason = reason;
      else {
        const code = isClosed ? 'backups.storage_unavailable' : 'backups.invalid_format';
        result.unreadable.push({ filename: name, error_code: code, reason });
        this.logger.warn({ filename: name, reason }, 'something in the storage cannot be a backup');
      }
    }
    return closed;
  }

  /** For the progress alone. Some at a time, so that many files do not take all connections from backups and downloads. */
  private async sizesOf(names: readonly string[], signal: AbortSignal): Promise<number[]> {
    const sizes: number[] = [];
    for (let i = 0; i < names.length; i += ASKED_AT_ONCE) {
      signal.throwIfAborted();
      sizes.push(...(await Promise.all(names.slice(i, i + ASKED_AT_ONCE).map((name) => this.sizeOf(name)))));
    }
    return sizes;
  }

  private async sizeOf(name: string): Promise<number> {
    const found = await this.storage.stat(name).catch(() => undefined);
    return found?.sizeBytes ?? 0;
  }

  /** A file of that name may be an import that has its file but not yet its row. */
  private async take(name: string, run: Run, onProgress: (bytesDone: number) => void): Promise<void> {
    const { result, signal, session, requestedBy } = run;
    if (!(await session.tryLock(lockName.importing(name), 'exclusive'))) return;
    try {
      if (await this.backups.existsBy({ storageName: name })) return;
      const { id, as } = await this.adoption.adopt(name, { session, signal, requestedBy, onProgress });
      if (as === 'copy') {
        result.copies.push({ filename: name, backup_id: id });
        return;
      }
      (as === 'rekeyed' ? result.rekeyed : result.adopted).push(id);
      // A backup that had lost its file has it again.
      result.missing = result.missing.filter((gone) => gone !== id);
    } catch (error) {
      signal.throwIfAborted();
      // The file was removed while we read it: it belonged to a backup after all, or no longer exists.
      if (error instanceof StorageError && error.fault === 'missing') return;
      noteUnreadable(result, name, error);
    } finally {
      await session.release(lockName.importing(name), 'exclusive').catch(() => undefined);
    }
  }

  /** The end and its record are there both, or neither. */
  private async end(
    { result, requestedBy }: RescanEntity,
    end: Pick<RescanEntity, 'status' | 'errorCode'>,
  ): Promise<void> {
    const now = this.clock.now();
    await this.rescans.manager.transaction(async (manager) => {
      const ended = await manager.update(
        RescanEntity,
        { id: LATEST, status: 'running' },
        { ...end, result, progress: null, updatedAt: now, finishedAt: now },
      );
      if (ended.affected !== 1) return;
      await this.audit.recordIn(manager, {
        actor: requestedBy,
        actorRoles: [],
        action: 'backups.import',
        result: end.status === 'success' ? 'success' : 'failed',
        details: { rescan: summaryOf(result), ...present({ error_code: end.errorCode }) },
      });
    });
  }
}
