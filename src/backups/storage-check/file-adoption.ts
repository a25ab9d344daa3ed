import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { openBackup, verifyBackup } from '../../engine/backup/open-backup';
import { Storage } from '../../engine/storage/storage';
import { AppConfig } from '../../kernel/config/config';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import type { FurtherStorage } from '../../kernel/storage/further-storages';
import { BackupRows } from '../catalogue/backup-rows';
import { BackupEntity } from '../catalogue/backup.entity';
import { CopyRows } from '../catalogue/copy-rows';
import { metaOf } from '../catalogue/backup-meta';
import { isSameFile } from './rekeyed-files';
import { StorageCheck } from './storage-check.service';

/** What is known of the file in the first storage. */
type FoundInFirst = Partial<Pick<BackupEntity, 'fileFault' | 'damagedVersion' | 'firstError'>>;

/** How a file is adopted. */
export interface AdoptOptions {
  /** Takes the lock that keeps two of the same content from becoming two backups. */
  session: LockSession;
  signal: AbortSignal;
  requestedBy: string;
  onProgress: (bytesDone: number) => void;
}

/** Makes backups of files in the storage that belong to no backup. */
@Injectable()
export class FileAdoption {
  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly rows: BackupRows,
    private readonly config: AppConfig,
    private readonly storage: Storage,
    private readonly check: StorageCheck,
    private readonly copies: CopyRows,
  ) {}

  /**
   * Reads a file to its end and makes a backup of it, or gives it back to a backup that has lost its own file.
   *
   * @returns the backup. A `copy`: it has a file of the same content already, and this file stays without a backup. `rekeyed`: `bscc rekey`
   *   has made it of the backup's file, and it takes that one's place
   * @throws ContainerError, StorageError
   */
  async adopt(
    name: string,
    { session, signal, requestedBy, onProgress }: AdoptOptions,
  ): Promise<{ id: number; as: 'backup' | 'copy' | 'rekeyed' }> {
    const file = await this.storage.open(name);
    try {
      const checksum = await verifyBackup(file, this.config.keyRing, { signal, onProgress });
      const reader = await openBackup(file, this.config.keyRing);
      await session.lock(lockName.sameFile(checksum), 'exclusive', signal);
      try {
        const known = await this.backups.findOneBy({ checksum, status: 'success', removing: IsNull() });
        if (known !== null && (await this.check.looks().faultOf(known)) === null) return { id: known.id, as: 'copy' };
        if (known !== null && (await this.rows.giveFile(known.id, name))) return { id: known.id, as: 'backup' };
        const former = await this.ofSameFile(reader);
        // Under the same key no program of ours makes another one: then it is the row that was changed, and the file is a backup.
        if (former !== undefined && former.keyId !== reader.keyId)
          return await this.takeRekeyed(former, { name, checksum, reader });
        const { sizeBytes } = file;
        const id = await this.insert(name, { requestedBy, checksum, sizeBytes, reader, inFirst: {} });
        return { id, as: 'backup' };
      } finally {
        await session.release(lockName.sameFile(checksum), 'exclusive');
      }
    } finally {
      await file.close();
    }
  }

  /**
   * Reads a file of a further storage to its end and makes a backup of it, which has it as its copy.
   *
   * @param isBadInFirst the first storage has a file of that name that is not a backup
   * @returns the backup; `isCopy` when another one has that content: this file stays without a backup
   * @throws ContainerError, StorageError
   */
  async adoptCopy(
    name: string,
    { name: storage, identity: place, storage: further }: FurtherStorage,
    { session, signal, requestedBy, onProgress, isBadInFirst }: AdoptOptions & { isBadInFirst: boolean },
  ): Promise<{ id: number; isCopy: boolean }> {
    const file = await further.open(name);
    try {
      const checksum = await verifyBackup(file, this.config.keyRing, { signal, onProgress });
      const reader = await openBackup(file, this.config.keyRing);
      await session.lock(lockName.sameFile(checksum), 'exclusive', signal);
      try {
        const known = await this.backups.findOneBy({ checksum, status: 'success', removing: IsNull() });
        if (known !== null && (await this.hasFile(known))) return { id: known.id, isCopy: true };
        const former = await this.ofSameFile(reader);
        if (former !== undefined && (await this.hasFile(former))) return { id: former.id, isCopy: true };
        const { sizeBytes } = file;
        // What the first storage never had, it has not lost: it is brought there.
        const inFirst: FoundInFirst = isBadInFirst
          ? { fileFault: 'damaged', damagedVersion: '' }
          : { firstError: 'backups.file_missing' };
        const id = await this.insert(name, { requestedBy, checksum, sizeBytes, reader, inFirst });
        await this.copies.succeed({ backupId: id, storage, place, storageName: name }, checksum);
        return { id, isCopy: false };
      } finally {
        await session.release(lockName.sameFile(checksum), 'exclusive');
      }
    } finally {
      await file.close();
    }
  }

  /** The backup whose file this is, as it was sealed at first or again. */
  private async ofSameFile(reader: BackupReader): Promise<BackupEntity | undefined> {
    const { fileId } = reader;
    if (fileId === undefined) return undefined;
    const candidates = await this.backups
      .createQueryBuilder('b')
      .where(`b.status = 'success' AND b.removing IS NULL AND b.meta ->> 'file_id' = :fileId`, { fileId })
      .getMany();
    return candidates.find(({ meta }) => isSameFile(metaOf(reader), meta ?? undefined));
  }

  /** A file of the current key takes the place of one of a former key, and any that of one that is lost. */
  private async takeRekeyed(
    former: BackupEntity,
    { name: storageName, checksum, reader }: { name: string; checksum: string; reader: BackupReader },
  ): Promise<{ id: number; as: 'copy' | 'rekeyed' }> {
    const { keyId } = reader;
    const { id } = former;
    const { current } = this.config.keyRing;
    const isNewer = keyId === current.id && former.keyId !== current.id;
    if (!isNewer && (await this.hasFile(former))) return { id, as: 'copy' };
    const meta = { ...metaOf(reader), ...former.meta, key_id: keyId };
    const isGiven = await this.rows.giveRekeyed(id, { storageName, checksum, keyId, meta });
    return { id, as: isGiven ? 'rekeyed' : 'copy' };
  }

  /** Whether any storage has the file of a backup, as far as its rows tell and the first storage says. */
  private async hasFile(backup: BackupEntity): Promise<boolean> {
    const { id, checksum, firstError, firstExpiry } = backup;
    const isInFirst = firstError === null && firstExpiry === null;
    if (isInFirst && (await this.check.looks().faultOf(backup)) === null) return true;
    return (await this.copies.of(id)).some((row) => row.state === 'present' && row.checksum === checksum);
  }

  /** A file does not say what it was made for: the backup is pinned, so that retention keeps it until an operator unpins it. */
  private async insert(
    storageName: string,
    found: {
      requestedBy: string;
      checksum: string;
      sizeBytes: number;
      reader: BackupReader;
      inFirst: FoundInFirst;
    },
  ): Promise<number> {
    const { requestedBy, checksum, sizeBytes, reader, inFirst } = found;
    const { index, keyId, isOurs } = reader;
    const id = await this.rows.reserveId();
    await this.rows.insertFound({
      id,
      source: isOurs ? 'local' : 'imported',
      trigger: isOurs ? 'manual' : 'import',
      label: index.label ?? null,
      scope: [...index.scope],
      includeFiles: index.includes_files,
      requestedBy,
      storageName,
      sizeBytes,
      checksum,
      keyId,
      pinned: true,
      ...inFirst,
      meta: metaOf(reader),
      createdAt: new Date(index.created_at),
    });
    return id;
  }
}
