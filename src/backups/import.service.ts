import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { openBackup, verifyBackup } from '../engine/backup-reader';
import { verifyForward } from '../engine/container/forward-reader';
import type { PendingFile } from '../engine/storage/storage';
import { Storage } from '../engine/storage/storage';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { lockName, type LockSession } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { OperationsService } from '../kernel/operations/operations.service';
import { BackupEntity } from './backup.entity';
import { metaOf } from './backup-meta';
import { storageNameAt } from './backup-runner';
import { isFirstVersion, peek } from './peek';
import { StorageCheck } from './storage-check.service';

/** Uploads at once in this process; each holds a connection and a file. */
const MAX_UPLOADS = 4;

/** A file that has arrived, been verified and got its row. */
export interface ImportedBackup {
  backup: BackupEntity;
  /** False when the same file was there already; true also for a backup that has its file again. */
  isNew: boolean;
}

/** Takes in containers from elsewhere: they are verified while they arrive, and nothing of a bad one stays. */
@Injectable()
export class ImportService {
  private uploads = 0;

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly storage: Storage,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly check: StorageCheck,
  ) {}

  /**
   * @param chunks the file as it arrives; an error of it, such as a limit or a client that has gone, ends the import
   * @throws AppError `backups.concurrent_operation` when too many uploads run, or the service is shutting down; ContainerError, StorageError, or what
   *   `chunks` throws
   */
  async import(
    chunks: AsyncIterable<Uint8Array>,
    file: { requestedBy: string; originFilename: string },
  ): Promise<ImportedBackup> {
    return this.operations.during((signal) => this.takeIn(chunks, file, signal));
  }

  private async takeIn(
    chunks: AsyncIterable<Uint8Array>,
    file: { requestedBy: string; originFilename: string },
    signal: AbortSignal,
  ): Promise<ImportedBackup> {
    if (this.uploads >= MAX_UPLOADS) throw new AppError('backups.concurrent_operation');
    this.uploads += 1;
    const session = await this.locks.open().catch((error: unknown) => {
      this.uploads -= 1;
      throw error;
    });
    try {
      const storageName = storageNameAt(this.clock.now());
      await session.tryLock(lockName.importing(storageName), 'exclusive');
      const pending = await this.storage.create(storageName);
      try {
        return await this.receive(chunks, pending, { ...file, storageName, session, signal });
      } finally {
        // After it was published there is nothing to discard.
        await pending.discard();
      }
    } finally {
      this.uploads -= 1;
      await session.close();
    }
  }

  private async receive(
    chunks: AsyncIterable<Uint8Array>,
    pending: PendingFile,
    file: {
      requestedBy: string;
      originFilename: string;
      storageName: string;
      session: LockSession;
      signal: AbortSignal;
    },
  ): Promise<ImportedBackup> {
    const { keyRing } = this.config;
    const { first, all } = await peek(chunks);
    const arriving = written(all, pending);
    // Version 1 says what it holds only when all of it is there.
    if (isFirstVersion(first)) for await (const _chunk of arriving);
    else await verifyForward(arriving, keyRing, { signal: file.signal });
    const checksum = await verifyBackup(pending, keyRing, { signal: file.signal });
    // The same file may arrive twice at once, on two replicas.
    await file.session.lock(lockName.sameFile(checksum), 'exclusive', file.session.signal);
    const known = await this.backups.findOneBy({ checksum, status: 'success', removing: IsNull() });
    if (known !== null && (await this.check.faultOf(known)) === null) return { backup: known, isNew: false };
    const reader = await openBackup(pending, keyRing);
    const rows: { id: string }[] = await this.backups.query(`SELECT nextval('backup_id_seq') AS id`);
    const sizeBytes = pending.sizeBytes;
    await pending.publish();
    const now = this.clock.now();
    if (known !== null && (await this.check.giveFile(known.id, file.storageName))) {
      return { backup: await this.backups.findOneByOrFail({ id: known.id }), isNew: true };
    }
    const { index, keyId } = reader;
    return {
      isNew: true,
      backup: await this.backups.save(
        this.backups.create({
          id: Number(rows[0]?.id),
          source: 'imported',
          trigger: 'import',
          status: 'success',
          label: index.label ?? null,
          scope: [...index.scope],
          includeFiles: index.includes_files,
          requestedBy: file.requestedBy,
          storageName: file.storageName,
          originFilename: file.originFilename,
          sizeBytes,
          checksum,
          keyId,
          pinned: false,
          meta: metaOf(reader),
          createdAt: now,
          updatedAt: now,
          finishedAt: now,
        }),
      ),
    };
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
