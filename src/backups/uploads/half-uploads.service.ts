import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock/clock';
import { HOUR_MS } from '../../kernel/clock/durations';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { StorageError } from '../../engine/storage/storage';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { ArrivingChecks } from './arriving-checks';
import { UploadDirectory } from './upload-directory';
import type { UploadRecord } from './upload-record';

/** Whatever their size: the directory is read for each new one. */
const MAX_UNFINISHED = 100;
/** Of one caller, so that a client whose last answer was lost learns which backup it has made. */
const MAX_FINISHED = 20;
const LOCK_WITHIN_MS = 10_000;

/** Who uploads. */
export interface UploadOwner {
  readonly id: string;
  readonly name: string;
}

/** What an upload says of itself. */
export interface OfferedUpload {
  readonly filename: string;
  readonly metadata: string | undefined;
  readonly sizeBytes: number;
}

/** An upload, and how far it has come. */
export interface HalfUpload {
  readonly record: UploadRecord;
  /** The next byte to come. */
  readonly offset: number;
  readonly expiresAt: Date;
}

/** The uploads that wait for the rest of their bytes: bounded, and each for its caller alone. */
@Injectable()
export class HalfUploads {
  private entering: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly directory: UploadDirectory,
    private readonly checks: ArrivingChecks,
    private readonly locks: LockService,
  ) {}

  /**
   * Makes room for an upload.
   *
   * @throws AppError `backups.concurrent_operation` when there is none; StorageError
   */
  create(owner: UploadOwner, offered: OfferedUpload): Promise<HalfUpload> {
    const enter = (): Promise<HalfUpload> =>
      this.locks.with(
        lockName.newUpload,
        'exclusive',
        () => this.enter(owner, offered),
        AbortSignal.timeout(LOCK_WITHIN_MS),
      );
    // One at a time in this process: each that waits for the lock would hold a connection.
    const entered = this.entering.then(enter);
    this.entering = entered.catch(() => undefined);
    return entered;
  }

  /** @throws AppError `backups.not_found` when this caller has no such upload, or it has expired */
  async find(id: string, owner: Pick<UploadOwner, 'id'>): Promise<HalfUpload> {
    const record = await this.directory.find(id);
    const upload = record?.owner_id === owner.id ? await this.stateOf(record) : undefined;
    if (upload === undefined || this.isExpired(upload)) throw new AppError('backups.not_found');
    return upload;
  }

  /** All of them, those of other replicas that use the same directory included. */
  async all(): Promise<HalfUpload[]> {
    return Promise.all((await this.directory.all()).map((record) => this.stateOf(record)));
  }

  isExpired({ expiresAt }: HalfUpload): boolean {
    return expiresAt <= this.clock.now();
  }

  /** Nothing of it is left. */
  async remove(id: string): Promise<void> {
    this.checks.forget(id);
    await this.directory.remove(id);
  }

  private async enter(owner: UploadOwner, offered: OfferedUpload): Promise<HalfUpload> {
    const known = (await this.all()).filter((upload) => !this.isExpired(upload));
    this.refuseTooMany(known, owner, offered);
    await this.forgetOldest(known, owner);
    if ((await this.directory.freeBytes()) < offered.sizeBytes) throw new StorageError('no_space');
    const record: UploadRecord = {
      id: randomBytes(16).toString('hex'),
      owner_id: owner.id,
      owner_name: owner.name,
      filename: offered.filename,
      ...(offered.metadata === undefined ? {} : { metadata: offered.metadata }),
      size_bytes: offered.sizeBytes,
      created_at: this.clock.now().toISOString(),
    };
    await this.directory.save(record);
    return this.stateOf(record);
  }

  private refuseTooMany(known: readonly HalfUpload[], owner: UploadOwner, { sizeBytes }: OfferedUpload): void {
    const { maxBytes, perCaller } = this.config.uploads;
    const unfinished = known.filter(({ record }) => record.backup_id === undefined);
    const own = unfinished.filter(({ record }) => record.owner_id === owner.id);
    if (own.length >= perCaller) {
      const hint = 'The caller has so many unfinished uploads: go on with one, or end it with DELETE.';
      throw new AppError('backups.concurrent_operation', { details: { limit: perCaller, hint } });
    }
    const announcedBytes = unfinished.reduce((sum, { record }) => sum + record.size_bytes, sizeBytes);
    if (announcedBytes > maxBytes || unfinished.length >= MAX_UNFINISHED) {
      const hint = 'Unfinished uploads take all the room there is for them; try again when some have ended.';
      throw new AppError('backups.concurrent_operation', { details: { limit_bytes: maxBytes, hint } });
    }
  }

  private async forgetOldest(known: readonly HalfUpload[], owner: UploadOwner): Promise<void> {
    const finished = known
      .filter(({ record }) => record.backup_id !== undefined && record.owner_id === owner.id)
      .toSorted((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime());
    const tooMany = finished.slice(0, Math.max(0, finished.length - MAX_FINISHED));
    for (const { record } of tooMany) await this.directory.remove(record.id);
  }

  private async stateOf(record: UploadRecord): Promise<HalfUpload> {
    const part = await this.directory.arrived(record.id);
    const { size_bytes: sizeBytes, created_at: createdAt, finished_at: finishedAt = createdAt } = record;
    const lastSignMs = Math.max(Date.parse(createdAt), Date.parse(finishedAt), part?.modifiedAtMs ?? 0);
    const arrivedBytes = Math.min(part?.sizeBytes ?? 0, record.unverified_from ?? sizeBytes, sizeBytes);
    return {
      record,
      offset: record.backup_id === undefined ? arrivedBytes : sizeBytes,
      expiresAt: new Date(lastSignMs + this.config.uploads.keepHours * HOUR_MS),
    };
  }
}
