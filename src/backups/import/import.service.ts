import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { openBackup, verifyBackup } from '../../engine/backup/open-backup';
import { verifyForward } from '../../engine/container/read/forward-reader';
import { verifyV1Forward } from '../../engine/container/v1/v1-reader';
import type { PendingFile } from '../../engine/storage/storage';
import { Storage, StorageError } from '../../engine/storage/storage';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { abortable } from '../../kernel/http/abortable';
import { sinceMs } from '../../kernel/operations/run-line';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { BackupRows } from '../catalogue/backup-rows';
import { BackupEntity } from '../catalogue/backup.entity';
import { metaOf } from '../catalogue/backup-meta';
import { storageNameAt } from '../make/backup-runner';
import { FileCheck } from '../catalogue/file-check.service';
import { isFirstVersion, peek } from './peek';
import { removeDamaged } from './replaced-file';

/** Uploads at once in this process; each holds a connection and a file. */
const MAX_UPLOADS = 4;

/** A backup that was made of an imported file. */
export interface ImportedBackup {
  backup: BackupEntity;
  /** False when the same file was there already. */
  isNew: boolean;
}

/** A file that has arrived, is verified and is not visible yet. One of the two must be called. */
export interface ReceivedFile {
  /** Makes it a backup, or gives it back to the backup that has lost it. */
  keep(): Promise<ImportedBackup>;
  /** Removes it. Never throws, and does nothing after {@link keep}. */
  discard(): Promise<void>;
}

interface Arrival {
  readonly requestedBy: string;
  readonly originFilename: string;
  readonly storageName: string;
  readonly session: LockSession;
  readonly pending: PendingFile;
  /** Ends everything that the upload waits for. */
  readonly signal: AbortSignal;
  /** Of `performance.now()`. */
  readonly beganAtMs: number;
}

/** Takes in containers from elsewhere: they are verified while they arrive, and nothing of a bad one stays. */
@Injectable()
export class ImportService {
  private readonly logger = new Logger(ImportService.name);
  private uploads = 0;

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly storage: Storage,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly fileCheck: FileCheck,
  ) {}

  /**
   * @param chunks the file as it arrives; an error of it, such as a limit, ends the import
   * @param ended aborts when the file is not wanted any more: its client has gone, or sends next to nothing
   * @throws AppError `backups.concurrent_operation` when too many uploads run, or the service is shutting down; ContainerError, StorageError, or what
   *   `chunks` throws, or the reason of `ended`
   */
  async receive(
    chunks: AsyncIterable<Uint8Array>,
    file: { requestedBy: string; originFilename: string },
    ended: AbortSignal,
  ): Promise<ReceivedFile> {
    const beganAtMs = performance.now();
    if (this.uploads >= MAX_UPLOADS) {
      const details = { limit: MAX_UPLOADS, hint: 'So many files are being imported at once.' };
      throw new AppError('backups.concurrent_operation', { details });
    }
    const over = Promise.withResolvers<undefined>();
    let ending = AbortSignal.abort();
    // From the first byte to the row it is one piece of work that a stop waits for.
    void this.operations.during((signal) => {
      ending = signal;
      return over.promise;
    });
    this.uploads += 1;
    let session: LockSession | undefined;
    let pending: PendingFile | undefined;
    let isOver = false;
    const end = async (): Promise<void> => {
      if (isOver) return;
      isOver = true;
      // First: a caller that sees that nothing of the upload is left must find its place free.
      this.uploads -= 1;
      // After it was published there is nothing to discard.
      await pending?.discard();
      await session?.close();
      over.resolve(undefined);
    };
    try {
      session = await this.locks.open();
      const signal = AbortSignal.any([ending, ended, session.signal]);
      signal.throwIfAborted();
      const storageName = storageNameAt(this.clock.now());
      await session.tryLock(lockName.importing(storageName), 'exclusive');
      pending = await this.storage.create(storageName);
      const checksum = await this.verify(abortable(chunks, signal), pending, signal);
      const arrival = { ...file, storageName, session, pending, signal, beganAtMs };
      return { keep: () => this.keep(arrival, checksum).finally(end), discard: end };
    } catch (error) {
      await end();
      if (ended.aborted) throw error;
      // Whatever the parts say then is a consequence of that.
      if (ending.aborted) {
        const details = { hint: 'The service is being stopped.' };
        throw new AppError('backups.concurrent_operation', { cause: error, details });
      }
      if (session?.isLost === true) throw new AppError('backups.storage_unavailable', { cause: error });
      throw error;
    }
  }

  /** @returns SHA-256 of the file */
  private async verify(chunks: AsyncIterable<Uint8Array>, pending: PendingFile, signal: AbortSignal): Promise<string> {
    const { keyRing } = this.config;
    const { first, all } = await peek(chunks);
    const arriving = written(all, pending);
    if (!isFirstVersion(first)) return (await verifyForward(arriving, keyRing, { signal })).sha256;
    await verifyV1Forward(arriving, keyRing);
    return verifyBackup(pending, keyRing, { signal });
  }

  private async keep(arrival: Arrival, checksum: string): Promise<ImportedBackup> {
    const { pending, beganAtMs } = arrival;
    const { sizeBytes } = pending;
    const kept = await this.keepOnce(arrival, checksum);
    const line = { backup_id: kept.backup.id, is_new: kept.isNew, size_bytes: sizeBytes };
    this.logger.log({ ...line, duration_ms: sinceMs(beganAtMs) }, 'a backup was imported');
    return kept;
  }

  private async keepOnce(arrival: Arrival, checksum: string): Promise<ImportedBackup> {
    const { session, signal } = arrival;
    // The same file may arrive twice at once, on two replicas.
    await session.lock(lockName.sameFile(checksum), 'exclusive', signal);
    const known = await this.findKnown(checksum, arrival);
    if (known === undefined) return { isNew: true, backup: await this.insert(arrival, checksum) };
    if (!(await this.isWhole(known))) await this.giveBack(known, arrival);
    return { isNew: false, backup: known };
  }

  /** The backup that this file is. From now on it cannot be removed. */
  private async findKnown(checksum: string, { session, signal }: Arrival): Promise<BackupEntity | undefined> {
    const where = { checksum, status: 'success' as const, removing: IsNull() };
    for (;;) {
      const known = await this.backups.findOneBy(where);
      if (known === null) return undefined;
      await session.lock(lockName.backupFile(known.id), 'shared', signal);
      // It may have been removed while we waited for the session that held it exclusively.
      const still = await this.backups.findOneBy({ ...where, id: known.id });
      if (still !== null) return still;
    }
  }

  private async isWhole(backup: BackupEntity): Promise<boolean> {
    try {
      const file = await this.storage.open(backup.storageName ?? '');
      try {
        if (file.sizeBytes !== backup.sizeBytes) return false;
        await this.fileCheck.ensureUnchanged(backup, file);
        return true;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'backups.checksum_mismatch') return false;
      if (error instanceof StorageError && (error.fault === 'missing' || error.fault === 'bad_name')) return false;
      throw error;
    }
  }

  /** A backup that has lost its file, or has a damaged one, gets the good one that came. */
  private async giveBack(backup: BackupEntity, arrival: Arrival): Promise<void> {
    const { storageName, signal } = arrival;
    const replaced = backup.storageName;
    await this.publish(arrival, async () => {
      // Its lock, which keeps it from being removed, has been held since it was found.
      if (!(await this.rows.giveFile(backup.id, storageName))) throw new Error('the backup is being removed');
      Object.assign(backup, { storageName, errorCode: null, fileVersion: null });
    });
    if (replaced === null || (await this.backups.existsBy({ storageName: replaced }))) return;
    // When it cannot be removed, a rescan tells of it.
    await removeDamaged(replaced, this.storage, this.config.keyRing, signal).catch(() => undefined);
  }

  private async insert(arrival: Arrival, checksum: string): Promise<BackupEntity> {
    const reader = await openBackup(arrival.pending, this.config.keyRing);
    const id = await this.rows.reserveId();
    const { sizeBytes } = arrival.pending;
    const { index, keyId } = reader;
    return this.publish(arrival, () =>
      this.rows.insertFound({
        id,
        source: 'imported',
        trigger: 'import',
        label: index.label ?? null,
        scope: index.scope.toSorted(),
        includeFiles: index.includes_files,
        requestedBy: arrival.requestedBy,
        storageName: arrival.storageName,
        originFilename: arrival.originFilename,
        sizeBytes,
        checksum,
        keyId,
        pinned: false,
        meta: metaOf(reader),
        createdAt: this.clock.now(),
      }),
    );
  }

  /** Publishes the file and writes its row: a file without a row must not stay. */
  private async publish<T>({ pending, storageName }: Arrival, writeRow: () => Promise<T>): Promise<T> {
    try {
      await pending.publish();
      return await writeRow();
    } catch (error) {
      // A name that is taken is that of another file.
      const isOurs = !(error instanceof StorageError && error.fault === 'exists');
      // A database that does not answer may have the row. Then the file stays, and a rescan adopts it.
      const isOrphan = isOurs && !(await this.backups.existsBy({ storageName }).catch(() => true));
      if (isOrphan) await this.storage.remove(storageName).catch(() => undefined);
      throw error;
    }
  }
}

/** The chunks, each of them in the file before it is passed on. */
async function* written(
  chunks: AsyncIterable<Uint8Array>,
  pending: PendingFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    await pending.write(chunk);
    yield chunk;
  }
}
