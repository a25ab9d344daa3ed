import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { ChainWitnesses } from '../audit/chain-witnesses';
import { BackupEntity } from './backup.entity';

/** Lets the backups made here bear witness to what the audit log was when they were begun. */
@Injectable()
export class ChainHeads implements OnModuleInit {
  constructor(
    @InjectRepository(BackupEntity) private readonly backups: Repository<BackupEntity>,
    private readonly witnesses: ChainWitnesses,
  ) {}

  onModuleInit(): void {
    this.witnesses.add(async () => {
      const rows = await this.backups.find({
        where: { auditHead: Not(IsNull()) },
        select: { id: true, auditHead: true },
      });
      return rows.flatMap(({ auditHead }) => auditHead ?? []);
    });
  }
}
