import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { BackupEntity } from './backup.entity';
import { BackupRecovery } from './backup-recovery';
import { BackupRunner } from './backup-runner';
import { BackupsController } from './backups.controller';
import { BackupsService } from './backups.service';
import { IdempotencyKeyEntity } from './idempotency-key.entity';
import { IdempotencyKeys } from './idempotency-keys.service';
import { ImportService } from './import.service';
import { UploadInterceptor } from './upload.interceptor';

/** Backups: made in the background, listed, downloaded, removed. */
@Module({
  imports: [TypeOrmModule.forFeature([BackupEntity, IdempotencyKeyEntity]), AuditModule, MaintenanceModule],
  controllers: [BackupsController],
  providers: [BackupsService, BackupRunner, BackupRecovery, IdempotencyKeys, ImportService, UploadInterceptor],
  exports: [BackupsService],
})
export class BackupsModule {}
