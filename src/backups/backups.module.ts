import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { BackupEntity } from './backup.entity';
import { BackupRecovery } from './backup-recovery';
import { BackupRemoval } from './backup-removal.service';
import { BackupRunner } from './backup-runner';
import { BackupFiles } from './backup-files';
import { BackupQueue } from './backup-queue';
import { BackupsController } from './backups.controller';
import { BackupsService } from './backups.service';
import { ChainHeads } from './chain-heads';
import { FileAdoption } from './file-adoption';
import { FileCheck } from './file-check.service';
import { IdempotencyKeyEntity } from './idempotency-key.entity';
import { IdempotencyKeys } from './idempotency-keys.service';
import { ImportService } from './import.service';
import { KeyCheck } from './key-check';
import { RescanEntity } from './rescan.entity';
import { StorageCheck } from './storage-check.service';
import { StorageCheckEntity } from './storage-check.entity';
import { StorageRescan } from './storage-rescan.service';
import { UploadInterceptor } from './upload.interceptor';

/** Backups: made in the background, listed, downloaded, removed. */
@Module({
  imports: [
    TypeOrmModule.forFeature([BackupEntity, IdempotencyKeyEntity, StorageCheckEntity, RescanEntity]),
    AuditModule,
    MaintenanceModule,
  ],
  controllers: [BackupsController],
  providers: [
    BackupsService,
    BackupQueue,
    BackupFiles,
    BackupRunner,
    KeyCheck,
    BackupRecovery,
    BackupRemoval,
    StorageCheck,
    FileAdoption,
    StorageRescan,
    FileCheck,
    ChainHeads,
    IdempotencyKeys,
    ImportService,
    UploadInterceptor,
  ],
  exports: [BackupsService, BackupQueue, BackupFiles, StorageCheck],
})
export class BackupsModule {}
