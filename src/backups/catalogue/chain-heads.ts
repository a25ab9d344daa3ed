import { Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { type ChainHead, ChainAnchors } from '../../audit/chain-anchors';
import { openBackup } from '../../engine/backup/open-backup';
import { Storage } from '../../engine/storage/storage';
import { AppConfig } from '../../kernel/config/config';
import { BackupEntity } from './backup.entity';

/** Containers that are opened for one verification of the log; each costs a few small reads. */
const OPENED = 5;

/**
 * Lets the backups made here show what the audit log was when they were begun. The rows can be changed along with the log;
 * the manifests of the newest containers cannot, without the key of the backups.
 */
@Injectable()
export class ChainHeads implements OnModuleInit {
  private readonly logger = new Logger(ChainHeads.name);

  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly anchors: ChainAnchors,
    private readonly storage: Storage,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.anchors.add(async () => {
      const rows = await this.backups.find({
        where: { auditHead: Not(IsNull()) },
        select: { id: true, auditHead: true },
      });
      return rows.flatMap(({ auditHead }) => auditHead ?? []);
    });
    this.anchors.add(() => this.ofContainers());
  }

  /** One that a rescan has adopted may be of an earlier log: its row has no head, and it is not asked. */
  private async ofContainers(): Promise<ChainHead[]> {
    const newest = await this.backups.find({
      where: { source: 'local', status: 'success', auditHead: Not(IsNull()), storageName: Not(IsNull()) },
      select: { id: true, storageName: true },
      order: { id: 'DESC' },
      take: OPENED,
    });
    const heads: ChainHead[] = [];
    for (const { id, storageName } of newest) {
      const head = await this.inContainer(storageName ?? '').catch((err: unknown) => {
        // What is wrong with a file is the storage check's to tell.
        this.logger.warn({ err, backup_id: id }, 'a backup could not be read to verify the audit log');
        return undefined;
      });
      if (head !== undefined) heads.push(head);
    }
    return heads;
  }

  private async inContainer(name: string): Promise<ChainHead | undefined> {
    const file = await this.storage.open(name);
    try {
      return (await openBackup(file, this.config.keyRing)).index.audit_head;
    } finally {
      await file.close();
    }
  }
}
