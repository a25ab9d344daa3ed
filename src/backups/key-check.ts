import { Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { AppConfig } from '../kernel/config/config';
import { BackupEntity } from './backup.entity';

/** Backups that no key opens are none; whoever has mislaid a key has to know before he needs it. */
class MissingKeyError extends Error {
  override readonly name = 'MissingKeyError';
}

/** Refuses the start when a backup needs a key that is not in the ring. */
@Injectable()
export class KeyCheck implements OnModuleInit {
  private readonly logger = new Logger(KeyCheck.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly config: AppConfig,
  ) {}

  /** @throws MissingKeyError that names the keys and how many backups need them */
  async onModuleInit(): Promise<void> {
    const { keyRing, allowMissingKeys } = this.config;
    const backups = await this.backups.find({
      where: { status: 'success', removing: IsNull() },
      select: { id: true, keyId: true },
    });
    const locked = backups.flatMap(({ keyId }) => (keyId === null || keyRing.find(keyId) !== undefined ? [] : [keyId]));
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
}
