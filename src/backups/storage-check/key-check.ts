import { Injectable, Logger, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { Storage } from '../../engine/storage/storage';
import { AppConfig } from '../../kernel/config/config';
import { OperationsService } from '../../kernel/operations/operations.service';
import { BackupPlaces } from '../catalogue/backup-places';
import { BackupEntity } from '../catalogue/backup.entity';
import { KeysOfFiles } from './keys-of-files';
import { StorageRescan } from './storage-rescan.service';

/** A backup that no key opens is useless. An operator who has mislaid a key has to know before the key is needed. */
class MissingKeyError extends Error {
  override readonly name = 'MissingKeyError';
}

/** Refuses the start when a backup needs a key that is not in the ring. */
@Injectable()
export class KeyCheck implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(KeyCheck.name);
  private areSomeRekeyed = false;

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly config: AppConfig,
    private readonly storage: Storage,
    private readonly places: BackupPlaces,
    private readonly rescan: StorageRescan,
    private readonly operations: OperationsService,
  ) {}

  /** @throws MissingKeyError that names the keys and how many backups need them */
  async onModuleInit(): Promise<void> {
    const { keyRing, allowMissingKeys } = this.config;
    const backups = await this.backups.find({
      where: { status: 'success', removing: IsNull() },
      select: { id: true, keyId: true, storageName: true, checksum: true },
    });
    const copied = await this.places.copied(backups);
    const keys = new KeysOfFiles(this.storage);
    const locked: string[] = [];
    for (const { id, keyId, storageName } of backups) {
      if (keyId === null || keyRing.find(keyId) !== undefined) continue;
      // A copy needs the key that the backup had when it was made.
      const needed = (await keys.of(storageName, keyId)) ?? (copied.has(id) ? keyId : undefined);
      if (needed === undefined) continue;
      if (keyRing.find(needed) === undefined) locked.push(needed);
      else this.areSomeRekeyed = true;
    }
    if (locked.length === 0) return;
    const message =
      `${locked.length} of ${backups.length} backups need keys that are not in the key ring: ` +
      `${[...new Set(locked)].join(', ')}; the ring has ${keyRing.ids().join(', ')}`;
    if (!allowMissingKeys) {
      throw new MissingKeyError(
        `${message}. Add them to BERKUT_BACKUP_PREVIOUS_KEYS_FILE, or set BERKUT_BACKUP_ALLOW_MISSING_KEYS=true`,
      );
    }
    this.logger.warn(message);
  }

  /** After an operator has rekeyed the files and dropped the old key, the catalogue is updated automatically. */
  onApplicationBootstrap(): void {
    if (this.areSomeRekeyed) this.operations.start('rekeyed files', (signal) => this.rescan.followRekeying(signal));
  }
}
