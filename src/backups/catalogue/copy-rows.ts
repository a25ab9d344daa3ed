import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, Not, Repository, type SelectQueryBuilder } from 'typeorm';
import { Clock } from '../../kernel/clock/clock';
import { DAY_MS } from '../../kernel/clock/durations';
import type { ErrorCode } from '../../kernel/errors/error-table';
import type { FurtherStorage } from '../../kernel/storage/further-storages';
import { BackupFileEntity } from './backup-file.entity';
import { BackupEntity, type FileExpiry } from './backup.entity';
import { growingWaitMs } from './growing-wait';

/** A copy, and where it comes to be. */
export type CopyToMake = Pick<BackupFileEntity, 'backupId' | 'storage' | 'place' | 'storageName'>;

/** A copy that was there when its row was read. */
export type PresentCopy = CopyToMake & { readonly checksum: string };

/** Backups of which a storage has no good copy. */
export interface Lacking {
  readonly count: number;
  readonly newest: { readonly backupId: number; readonly errorCode: ErrorCode | null } | undefined;
}

interface LackingRow {
  b_id: string;
  error_code: ErrorCode | null;
}

type Changed = Pick<BackupFileEntity, 'state'> & Partial<BackupFileEntity>;

/** The only writer of the table `backup_files`. */
@Injectable()
export class CopyRows {
  constructor(
    @InjectRepository(BackupFileEntity) private readonly rows: Repository<BackupFileEntity>,
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly clock: Clock,
  ) {}

  /** The newest backup of which this storage has no copy, or one of other bytes, and whose turn has come. */
  async nextDue(to: FurtherStorage): Promise<BackupEntity | null> {
    return this.withoutCopy(to)
      .andWhere('(f.next_try_at IS NULL OR f.next_try_at <= :now)', { now: this.clock.now() })
      .limit(1)
      .getOne();
  }

  /**
   * Backups from before that moment of which this storage has no copy that is good: how many, and the newest of them with what the
   * latest attempt failed with.
   */
  async lacking(to: FurtherStorage, createdBefore: Date): Promise<Lacking> {
    const lacking = this.withoutCopy(to).andWhere('b.created_at < :createdBefore', { createdBefore });
    const count = await lacking.getCount();
    if (count === 0) return { count, newest: undefined };
    const newest = await lacking.addSelect('f.error_code', 'error_code').limit(1).getRawOne<LackingRow>();
    return { count, newest: newest && { backupId: Number(newest.b_id), errorCode: newest.error_code } };
  }

  /** The copy that was not read in full for longest, if that is since before the moment. */
  async nextToVerify({ name: storage, identity }: FurtherStorage, before: Date): Promise<PresentCopy | undefined> {
    const row = await this.rows
      .createQueryBuilder('f')
      .where(`f.storage = :storage AND f.place = :identity AND f.state = 'present'`, { storage, identity })
      .andWhere('coalesce(f.verified_at, f.updated_at) < :before', { before })
      .orderBy('coalesce(f.verified_at, f.updated_at)')
      .limit(1)
      .getOne();
    if (row === null || row.checksum === null) return undefined;
    const { backupId, place, storageName, checksum } = row;
    return { backupId, storage, place, storageName, checksum };
  }

  /** It has been read in full, and is what it was. */
  async noteVerified(copy: PresentCopy): Promise<void> {
    await this.changePresent(copy, { verifiedAt: this.clock.now() });
  }

  /** It has been found not to be what it was, and is to be made again. */
  async noteFault(copy: PresentCopy, state: 'missing' | 'damaged'): Promise<void> {
    await this.changePresent(copy, { state, updatedAt: this.clock.now() });
  }

  /** Copies that are there, of all backups. */
  async allPresent(): Promise<BackupFileEntity[]> {
    return this.rows.findBy({ state: 'present' });
  }

  /** All that is known of the copies in the place where the storage is now. */
  async in({ name: storage, identity: place }: FurtherStorage): Promise<BackupFileEntity[]> {
    return this.rows.findBy({ storage, place });
  }

  /** Backups that have a copy in a storage of another name than these: one that is not configured any more. */
  async inOthers(names: readonly string[]): Promise<Set<number>> {
    const rows = await this.rows.find({
      where: { state: 'present', storage: Not(In([...names])) },
      select: { backupId: true, storage: true },
    });
    return new Set(rows.map(({ backupId }) => backupId));
  }

  /** All that is known of the copies of a backup. */
  async of(backupId: number): Promise<BackupFileEntity[]> {
    return this.rows.findBy({ backupId });
  }

  /** The caller keeps the backup from being removed. */
  async begin(copy: CopyToMake): Promise<void> {
    await this.saveUnmade(copy, { state: 'copying', attempts: (await this.known(copy))?.attempts ?? 0 });
  }

  /** What a copy of the backup is called there that it has from before it got its file under another name. */
  async formerName(copy: CopyToMake): Promise<string | undefined> {
    const known = await this.known(copy);
    return known?.place === copy.place && known.storageName !== copy.storageName ? known.storageName : undefined;
  }

  async succeed(copy: CopyToMake, checksum: string): Promise<void> {
    await this.save(copy, { state: 'present', checksum });
  }

  async fail(copy: CopyToMake, errorCode: ErrorCode): Promise<void> {
    await this.saveUnmade(copy, { state: 'pending', errorCode, ...(await this.nextTry(copy, errorCode)) });
  }

  /** It is not begun, and tried again later. What is known of a former copy stays known. */
  async postpone(copy: CopyToMake, errorCode: ErrorCode): Promise<void> {
    const { backupId, storage } = copy;
    const { affected } = await this.rows.update(
      { backupId, storage },
      { errorCode, ...(await this.nextTry(copy, errorCode)) },
    );
    if (affected === 0) await this.fail(copy, errorCode);
  }

  private async nextTry(
    copy: CopyToMake,
    errorCode: ErrorCode,
  ): Promise<Pick<BackupFileEntity, 'attempts' | 'nextTryAt'>> {
    const attempts = ((await this.known(copy))?.attempts ?? 0) + 1;
    // What a storage keeps, it keeps for days, and each attempt reads all of it.
    const waitMs = errorCode === 'backups.file_locked' ? DAY_MS : growingWaitMs(attempts);
    return { attempts, nextTryAt: new Date(this.clock.now().getTime() + waitMs) };
  }

  /**
   * The retention of the storage removes it, or has removed it. It is not made again.
   *
   * @returns false when there is no such copy
   */
  async noteExpiry(
    { backupId, storage, place }: Omit<CopyToMake, 'storageName'>,
    state: FileExpiry,
    manager: EntityManager = this.rows.manager,
  ): Promise<boolean> {
    const known = { errorCode: null, nextTryAt: null, updatedAt: this.clock.now() };
    const { affected } = await manager.update(BackupFileEntity, { backupId, storage, place }, { state, ...known });
    return affected === 1;
  }

  /** The storage keeps it after all, or has lost it meanwhile. */
  async takeBack(
    { backupId, storage, place }: Omit<CopyToMake, 'storageName'>,
    state: 'present' | 'missing',
  ): Promise<void> {
    await this.rows.update({ backupId, storage, place, state: 'removing' }, { state, updatedAt: this.clock.now() });
  }

  /** The retention of the storage would not keep it, so it is not made. */
  async neverMade(copy: CopyToMake): Promise<void> {
    await this.save(copy, { state: 'expired' });
  }

  /** Whether this storage has no copy of the backup of that name although one was begun. */
  async isUnfinished(
    storageName: string,
    { name, identity }: Pick<FurtherStorage, 'name' | 'identity'>,
  ): Promise<boolean> {
    return this.rows
      .createQueryBuilder('f')
      .innerJoin(BackupEntity, 'b', 'b.id = f.backup_id AND b.storage_name = :storageName', { storageName })
      .where('f.storage = :name AND f.place = :identity', { name, identity })
      .andWhere(`f.state NOT IN ('present', 'removing', 'expired')`)
      .getExists();
  }

  /** Copies of the backup that are to be made are made at the next turn of the copiers. */
  async askNow(backupId: number): Promise<void> {
    await this.rows.update({ backupId }, { nextTryAt: null });
  }

  /** Before the files are removed: should that fail, what is left of the copies is looked at again. */
  async forget(backupId: number): Promise<void> {
    await this.rows.delete({ backupId });
  }

  /** Newest first. */
  private withoutCopy({ name: storage, identity }: FurtherStorage): SelectQueryBuilder<BackupEntity> {
    return this.backups
      .createQueryBuilder('b')
      .leftJoin(BackupFileEntity, 'f', 'f.backup_id = b.id AND f.storage = :storage', { storage })
      .where(`b.status = 'success' AND b.removing IS NULL AND b.storage_name IS NOT NULL AND b.checksum IS NOT NULL`)
      .andWhere(
        `(f.state IS NULL OR f.place <> :identity OR f.state NOT IN ('present', 'removing', 'expired')
          OR f.state = 'present' AND (f.checksum IS DISTINCT FROM b.checksum OR f.storage_name <> b.storage_name))`,
        { identity },
      )
      .orderBy('b.createdAt', 'DESC')
      .addOrderBy('b.id', 'DESC');
  }

  /** Unless it has become another one, or was forgotten, since it was looked at. */
  private async changePresent(
    { backupId, storage, place, storageName, checksum }: PresentCopy,
    values: Partial<Pick<BackupFileEntity, 'state' | 'verifiedAt' | 'updatedAt'>>,
  ): Promise<void> {
    await this.rows.update({ backupId, storage, place, storageName, checksum, state: 'present' }, values);
  }

  private async known({ backupId, storage }: CopyToMake): Promise<BackupFileEntity | null> {
    return this.rows.findOneBy({ backupId, storage });
  }

  /** The row keeps the name of a former copy, because that is there until the new one is made. */
  private async saveUnmade(copy: CopyToMake, row: Changed): Promise<void> {
    await this.save({ ...copy, storageName: (await this.formerName(copy)) ?? copy.storageName }, row);
  }

  private async save({ backupId, storage, place, storageName }: CopyToMake, row: Changed): Promise<void> {
    const unknown = { checksum: null, attempts: 0, errorCode: null, nextTryAt: null, verifiedAt: null };
    const updatedAt = this.clock.now();
    // A rescan may be the first to know of a copy while a copier is.
    const known = { place, storageName, ...unknown, ...row, updatedAt };
    await this.rows.upsert({ backupId, storage, ...known }, ['backupId', 'storage']);
  }
}

/** What tells whether a copy is of the file that a backup has now. */
export type CopiedBackup = Pick<BackupEntity, 'id' | 'storageName' | 'checksum'>;

/** Whether the row is of a copy of this very file, in the place where the storage is now. */
export function isCopyOf(
  row: BackupFileEntity,
  { id, storageName, checksum }: CopiedBackup,
  { name, identity }: FurtherStorage,
): boolean {
  return (
    row.backupId === id &&
    row.storage === name &&
    row.place === identity &&
    row.storageName === storageName &&
    row.state === 'present' &&
    row.checksum === checksum
  );
}
