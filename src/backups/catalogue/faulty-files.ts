import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { BackupEntity } from './backup.entity';

/** Successes whose file the latest look at the first storage found missing or changed, newest first; and how many others there are. */
interface Faulty {
  readonly faulty: readonly BackupEntity[];
  /** Those that it did not take when they were made, newest first. */
  readonly awaited: readonly BackupEntity[];
  readonly good: number;
}

/** What the first storage has lost, as far as the latest look at it tells. */
@Injectable()
export class FaultyFiles {
  constructor(@InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>) {}

  async find(): Promise<Faulty> {
    const known = { status: 'success', removing: IsNull() } as const;
    const faulty = await this.backups.find({
      where: { ...known, fileFault: Not(IsNull()) },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    const awaited = await this.backups.find({
      where: { ...known, fileFault: IsNull(), firstError: Not(IsNull()) },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    return {
      faulty,
      awaited,
      good: await this.backups.countBy({ ...known, fileFault: IsNull(), firstError: IsNull(), firstExpiry: IsNull() }),
    };
  }
}
