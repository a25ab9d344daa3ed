import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BackupEntity } from '../backups/catalogue/backup.entity';
import { PlanModule } from '../plan/plan.module';
import { OverviewController } from './overview.controller';
import { PastBackups } from './past-backups';
import { StoredFilesReader } from './stored-files';

/** All backups and storages at one glance. */
@Module({
  imports: [TypeOrmModule.forFeature([BackupEntity]), PlanModule],
  controllers: [OverviewController],
  providers: [PastBackups, StoredFilesReader],
})
export class OverviewModule {}
