import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, Repository } from 'typeorm';
import { present } from '../../engine/optional/present';
import { Clock } from '../../kernel/clock/clock';
import type { ErrorCode } from '../../kernel/errors/error-table';
import type { Cause } from '../../kernel/errors/cause';
import type { ProgressView } from '../../kernel/operations/progress-writer';
import { rowCountOf } from './backup-meta';
import { BackupEntity, type FileExpiry, type FileFault, type RemovedBy } from './backup.entity';

/** What is known of a backup before it is made. */
export type QueuedBackup = Pick<BackupEntity, 'id' | 'trigger' | 'label' | 'scope' | 'includeFiles' | 'requestedBy'>;

/** A backup that begins without having been queued. */
export type BegunBackup = QueuedBackup & { storageName: string };

/** What is written down of a container that is whole. */
export type FinishedBackup = Pick<
  BackupEntity,
  'sizeBytes' | 'checksum' | 'fileVersion' | 'keyId' | 'meta' | 'auditHead' | 'firstError'
>;

/** A container that another installation has made, or that was made here and lost its row. */
export type FoundBackup = QueuedBackup &
  Pick<BackupEntity, 'source' | 'storageName' | 'sizeBytes' | 'checksum' | 'keyId' | 'pinned' | 'meta' | 'createdAt'> &
  Partial<Pick<BackupEntity, 'originFilename' | 'fileFault' | 'damagedVersion' | 'firstError'>>;

/** The file that a backup has now. */
export type KnownFile = Pick<BackupEntity, 'id'> & { readonly storageName: string; readonly checksum: string };

/** The first storage has the file as it was. */
const IN_ORDER = { fileFault: null, damagedVersion: null, firstError: null, firstExpiry: null } as const;

/**
 * The only writer of the table `backups`. Each change says in its condition what the row must be for it; those that return
 * a boolean say whether it was.
 */
@Injectable()
export class BackupRows {
  constructor(
    @InjectRepository(BackupEntity) private readonly rows: Repository<BackupEntity>,
    private readonly clock: Clock,
  ) {}

  /** Draws the id of a backup to be. */
  async reserveId(): Promise<number> {
    const drawn: { id: string }[] = await this.rows.query(`SELECT nextval('backup_id_seq') AS id`);
    return Number(drawn[0]?.id);
  }

  /** Once queued, again changes nothing. */
  async insertQueued(backup: QueuedBackup, manager: EntityManager = this.rows.manager): Promise<void> {
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

  /** The caller holds the lock of the run. */
  async insertRunning(backup: BegunBackup): Promise<BackupEntity> {
    const now = this.clock.now();
    return this.rows.save(
      this.rows.create({ ...backup, source: 'local', status: 'running', createdAt: now, updatedAt: now }),
    );
  }

  /** Enters a container that is there and whole. */
  async insertFound(found: FoundBackup): Promise<BackupEntity> {
    const finishedAt = found.createdAt;
    const known = { ...found, rowCount: rowCountOf(found.meta), finishedAt };
    return this.rows.save(this.rows.create({ ...known, status: 'success', updatedAt: this.clock.now() }));
  }

  /** A queued backup runs. One that was finished before is not made anew over itself: recovery makes it a success again. */
  async begin(id: number, storageName: string): Promise<boolean> {
    return this.change(
      { id, status: 'queued', finishedAt: IsNull() },
      { status: 'running', storageName, updatedAt: this.clock.now() },
    );
  }

  async progress(id: number, progress: ProgressView): Promise<void> {
    await this.change({ id, status: 'running' }, { progress, updatedAt: this.clock.now() });
  }

  /** @returns false when another process has ended it */
  async succeed(id: number, finished: FinishedBackup): Promise<boolean> {
    return this.change(
      { id, status: 'running' },
      { status: 'success', ...finished, rowCount: rowCountOf(finished.meta), ...this.ended() },
    );
  }

  async fail(id: number, failure: { errorCode: ErrorCode; errorCause: Cause | null }): Promise<void> {
    await this.change({ id, status: 'running' }, { status: 'failed', ...failure, ...this.ended() });
  }

  /**
   * The process that made it is gone.
   *
   * @param hasFile its file was published and stays, but not as the file of this backup
   */
  async interrupt(id: number, hasFile: boolean): Promise<void> {
    await this.change(
      { id, status: 'running' },
      {
        status: 'failed',
        errorCode: 'backups.interrupted',
        ...this.ended(),
        ...(hasFile ? { storageName: null } : {}),
      },
    );
  }

  /** A running backup has been stopped because a caller wanted it. */
  async endCanceled(id: number): Promise<void> {
    await this.change(
      { id, status: 'running' },
      { status: 'canceled', errorCode: null, errorCause: null, ...this.ended() },
    );
  }

  async cancelQueued(id: number): Promise<boolean> {
    return this.change({ id, status: 'queued' }, { status: 'canceled', ...this.ended() });
  }

  /** The process that makes it sees this and stops. */
  async requestCancel(id: number): Promise<boolean> {
    return this.change({ id, status: 'running' }, { cancelRequested: true, updatedAt: this.clock.now() });
  }

  /** A finished backup never becomes unfinished: one whose row says so is a success again. */
  async reinstate({ id, status }: Pick<BackupEntity, 'id' | 'status'>): Promise<boolean> {
    return this.change(
      { id, status },
      { status: 'success', errorCode: null, errorCause: null, updatedAt: this.clock.now() },
    );
  }

  /** A backup that has lost its file, or whose file is not what it was, gets one of the same content. */
  async giveFile(id: number, storageName: string): Promise<boolean> {
    return this.change(
      { id, removing: IsNull() },
      {
        storageName,
        errorCode: null,
        fileVersion: null,
        ...IN_ORDER,
        fileReadAt: null,
        updatedAt: this.clock.now(),
      },
    );
  }

  /**
   * The file that was looked at is missing, changed, or in order again; it says nothing of one that the backup was given since.
   * What has a fault is not awaited any more. An earlier version noted a fault as an error code.
   *
   * @returns whether the backup still has that file
   */
  async noteFault(
    { id, storageName }: Pick<BackupEntity, 'id' | 'storageName'>,
    fileFault: FileFault | null,
  ): Promise<boolean> {
    return this.change(
      { id, status: 'success', storageName: storageName ?? IsNull() },
      { fileFault, errorCode: null, ...(fileFault === null ? {} : { firstError: null }), updatedAt: this.clock.now() },
    );
  }

  /** Its file has that checksum in this state. */
  async noteFileVersion(id: number, checksum: string, fileVersion: string): Promise<void> {
    await this.change({ id, checksum }, { fileVersion });
  }

  /** Its file is sealed with another key than it was. */
  async noteKey(id: number, file: Pick<BackupEntity, 'checksum' | 'keyId' | 'meta'>): Promise<void> {
    const now = this.clock.now();
    await this.change({ id }, { ...file, ...IN_ORDER, fileReadAt: now, updatedAt: now });
  }

  /** It has a file of another name now, which is sealed with another key and has been read in full. */
  async giveRekeyed(
    id: number,
    file: Pick<BackupEntity, 'storageName' | 'checksum' | 'keyId' | 'meta'>,
  ): Promise<boolean> {
    const now = this.clock.now();
    const read = { fileVersion: null, ...IN_ORDER, errorCode: null, fileReadAt: now, updatedAt: now };
    return this.change({ id, status: 'success', removing: IsNull() }, { ...file, ...read });
  }

  /** Its file has been read in full in this state, and has its checksum. */
  async noteRead(file: KnownFile, fileVersion: string): Promise<void> {
    const now = this.clock.now();
    await this.changeFile(file, { fileVersion, ...IN_ORDER, errorCode: null, fileReadAt: now, updatedAt: now });
  }

  /** Its file has been read in this state, and does not have its checksum. From now on no reader takes it for what it was. */
  async noteDamaged(file: KnownFile, damagedVersion: string): Promise<void> {
    const now = this.clock.now();
    const damaged = { fileFault: 'damaged', fileVersion: null, damagedVersion } as const;
    await this.changeFile(file, { ...damaged, fileReadAt: now, updatedAt: now });
  }

  /** Its file has been written again, with its checksum, and is to be read. */
  async noteHealed(file: KnownFile): Promise<void> {
    const unread = { fileVersion: null, fileReadAt: null, errorCode: null };
    await this.changeFile(file, { ...IN_ORDER, ...unread, updatedAt: this.clock.now() });
  }

  /**
   * Retention removes its file from the first storage, has removed it, or (`null`) leaves it there after all.
   *
   * @returns false when the backup is being removed
   */
  async noteFirstExpiry(
    id: number,
    firstExpiry: FileExpiry | null,
    manager: EntityManager = this.rows.manager,
  ): Promise<boolean> {
    const updatedAt = this.clock.now();
    // What is not there any more has no fault, and is not awaited.
    const gone = firstExpiry === 'expired' ? { ...IN_ORDER, fileVersion: null, fileReadAt: null } : {};
    const { affected } = await manager.update(
      BackupEntity,
      { id, status: 'success', removing: IsNull() },
      { ...gone, firstExpiry, updatedAt },
    );
    return affected === 1;
  }

  /** It has been restored, if only for a rehearsal. */
  async markVerified(id: number): Promise<void> {
    const now = this.clock.now();
    await this.change({ id }, { verifiedAt: now, updatedAt: now });
  }

  async noteSuspicion(id: number, suspicion: string): Promise<void> {
    await this.change({ id }, { suspicion });
  }

  /** What people say of it; what is not given stays. */
  async describe(id: number, words: Partial<Pick<BackupEntity, 'label' | 'pinned'>>): Promise<boolean> {
    return this.change({ id, removing: IsNull() }, { ...words, updatedAt: this.clock.now() });
  }

  /** From now on it is hidden. Retention does not take a pinned one. */
  async markRemoving(id: number, by: RemovedBy): Promise<boolean> {
    const pinned = by === 'retention' ? false : undefined;
    return this.change({ id, removing: IsNull(), ...present({ pinned }) }, { removing: by });
  }

  async unmarkRemoving(id: number): Promise<void> {
    await this.change({ id }, { removing: null });
  }

  /** After its file has been removed. */
  async delete(id: number, manager: EntityManager): Promise<boolean> {
    return (await manager.delete(BackupEntity, { id })).affected === 1;
  }

  private ended(): Pick<BackupEntity, 'progress' | 'updatedAt' | 'finishedAt'> {
    const now = this.clock.now();
    return { progress: null, updatedAt: now, finishedAt: now };
  }

  /** Unless the backup has got another file since. */
  private async changeFile(
    { id, storageName, checksum }: KnownFile,
    values: Parameters<Repository<BackupEntity>['update']>[1],
  ): Promise<void> {
    await this.change({ id, status: 'success', storageName, checksum }, values);
  }

  private async change(
    when: Parameters<Repository<BackupEntity>['update']>[0],
    values: Parameters<Repository<BackupEntity>['update']>[1],
  ): Promise<boolean> {
    return (await this.rows.update(when, values)).affected === 1;
  }
}
