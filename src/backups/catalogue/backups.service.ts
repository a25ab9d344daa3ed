import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { present } from '../../engine/optional/present';
import { EntityRows } from '../../kernel/database/entity-rows';
import { AppError } from '../../kernel/errors/app-error';
import { BackupQuestions } from './backup-questions';
import { BackupRows } from './backup-rows';
import { BackupEntity } from './backup.entity';
import { BackupRemoval, type Expiry } from './backup-removal.service';
import { type BackupList, wantedBackups } from './backup-list';

/** What is read of every backup. */
const OF_ALL = {
  id: true,
  status: true,
  trigger: true,
  scope: true,
  createdAt: true,
  pinned: true,
  verifiedAt: true,
  fileFault: true,
  damagedVersion: true,
  firstError: true,
  firstExpiry: true,
  storageName: true,
  sizeBytes: true,
  checksum: true,
  keyId: true,
} as const;

/** What is read of every backup, and no more: what was not read looks like what is not there. */
export type OneOfAll = Pick<BackupEntity, keyof typeof OF_ALL>;

/** The catalogue: what backups there are, and what is said of them. */
@Injectable()
export class BackupsService {
  private readonly entities: EntityRows<BackupEntity>;

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly questions: BackupQuestions,
    private readonly rows: BackupRows,
    private readonly removal: BackupRemoval,
  ) {
    this.entities = new EntityRows(backups);
  }

  list(query: BackupList): Promise<{ items: BackupEntity[]; total: number }> {
    return this.entities.page(wantedBackups(query));
  }

  /** @throws AppError `backups.not_found` */
  async get(id: number): Promise<BackupEntity> {
    const backup = await this.find(id);
    if (backup === undefined) throw new AppError('backups.not_found');
    return backup;
  }

  async find(id: number): Promise<BackupEntity | undefined> {
    const backup = await this.entities.byId(id);
    return backup?.removing === null ? backup : undefined;
  }

  /** Every backup, without what is only shown. */
  async all(): Promise<OneOfAll[]> {
    return this.backups.find({
      where: { removing: IsNull() },
      select: OF_ALL,
    });
  }

  /** Notes that a backup has been restored, if only for a rehearsal. */
  async markVerified(id: number): Promise<void> {
    await this.rows.markVerified(id);
  }

  /** The number of a backup that is being made, on any replica. */
  async findRunning(): Promise<number | undefined> {
    return (await this.backups.findOneBy({ status: 'running' }))?.id;
  }

  /**
   * The newest backup of the whole database that was made here, is a success and whose file is as it was, if there is one.
   * One from elsewhere says nothing of this installation.
   */
  async newestSuccessful(): Promise<BackupEntity | undefined> {
    return this.questions.newestGood({ source: 'local' });
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
    const isThere = await this.rows.describe(id, {
      ...(label === undefined ? {} : { label: label === '' ? null : label }),
      ...present({ pinned: changes.pinned }),
    });
    if (!isThere) throw new AppError('backups.not_found');
    return this.get(id);
  }

  /** Removes a backup for a caller; see {@link BackupRemoval.remove}. */
  async remove(id: number): Promise<BackupEntity> {
    return this.removal.remove(id);
  }

  /** Removes a backup for retention; see {@link BackupRemoval.expire}. */
  async expire(id: number, expiry: Expiry): Promise<void> {
    await this.removal.expire(id, expiry);
  }

  /** Those that are made, downloaded, verified or restored now, on any replica. */
  async inUse(ids: readonly number[]): Promise<Set<number>> {
    return this.removal.inUse(ids);
  }
}
