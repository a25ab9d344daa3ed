import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { BackupFileEntity } from './catalogue/backup-file.entity';
import { BackupEntity } from './catalogue/backup.entity';
import { BackupQuestions } from './catalogue/backup-questions';
import { BackupRows } from './catalogue/backup-rows';
import { BackupRecovery } from './make/backup-recovery';
import { BackupRemoval } from './catalogue/backup-removal.service';
import { LeftoverFiles } from './catalogue/leftover-files';
import { BackupRunner } from './make/backup-runner';
import { BackupFiles } from './catalogue/backup-files';
import { BackupQueue } from './make/backup-queue';
import { BackupsController } from './http/backups.controller';
import { BackupContents } from './contents/backup-contents.service';
import { ContentsController } from './http/contents.controller';
import { BackupsService } from './catalogue/backups.service';
import { BackupPlaces } from './catalogue/backup-places';
import { Copier } from './copies/copier';
import { CopyCheck } from './copies/copy-check';
import { CopyRequests } from './catalogue/copy-requests';
import { Healer } from './copies/healer';
import { CopyRows } from './catalogue/copy-rows';
import { ChainHeads } from './catalogue/chain-heads';
import { FaultyFiles } from './catalogue/faulty-files';
import { NewFiles } from './catalogue/new-files';
import { FilesToRead } from './catalogue/files-to-read';
import { FullCheck } from './storage-check/full-check';
import { FileAdoption } from './storage-check/file-adoption';
import { FurtherRescan } from './storage-check/further-rescan';
import { RekeyedFiles } from './storage-check/rekeyed-files';
import { FileCheck } from './catalogue/file-check.service';
import { IdempotencyKeyEntity } from './idempotency/idempotency-key.entity';
import { IdempotencyKeys } from './idempotency/idempotency-keys.service';
import { ImportedBackups } from './import/imported-backups';
import { ImportService } from './import/import.service';
import { KeyCheck } from './storage-check/key-check';
import { RescanEntity } from './storage-check/rescan.entity';
import { StorageCheck } from './storage-check/storage-check.service';
import { StorageCheckEntity } from './storage-check/storage-check.entity';
import { StorageRescan } from './storage-check/storage-rescan.service';
import { Extracts } from './contents/extracts.service';
import { TableLists } from './contents/table-lists.service';
import { Uploads } from './http/uploads';
import { UploadsController } from './http/uploads.controller';
import { ResumableUploads } from './http/resumable-uploads';
import { AuditedImport } from './http/audited-import';
import { ArrivingChecks } from './uploads/arriving-checks';
import { HalfUploads } from './uploads/half-uploads.service';
import { UploadArrival } from './uploads/upload-arrival';
import { UploadDirectory } from './uploads/upload-directory';
import { UploadFinish } from './uploads/upload-finish';
import { UploadTidier } from './uploads/upload-tidier';
import { UploadTurns } from './uploads/upload-turns';
import { StoragePauseEntity } from './catalogue/storage-pause.entity';
import { StoragePauses } from './catalogue/storage-pauses';
import { StorageWatch } from './copies/storage-watch';
import { AloneWithBackup } from './catalogue/alone-with-backup';
import { FileExpiry } from './catalogue/file-expiry';
import { StorageKeeps } from './retention/storage-keeps';

/** Backups: made in the background, listed, downloaded, removed. */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      BackupEntity,
      BackupFileEntity,
      StoragePauseEntity,
      IdempotencyKeyEntity,
      StorageCheckEntity,
      RescanEntity,
    ]),
    AuditModule,
    MaintenanceModule,
  ],
  controllers: [BackupsController, ContentsController, UploadsController],
  providers: [
    BackupQuestions,
    BackupRows,
    CopyRows,
    StoragePauses,
    StorageWatch,
    FaultyFiles,
    FilesToRead,
    NewFiles,
    FullCheck,
    BackupPlaces,
    Copier,
    CopyCheck,
    CopyRequests,
    Healer,
    BackupsService,
    BackupQueue,
    BackupFiles,
    BackupRunner,
    KeyCheck,
    BackupRecovery,
    LeftoverFiles,
    BackupRemoval,
    AloneWithBackup,
    FileExpiry,
    StorageKeeps,
    StorageCheck,
    FileAdoption,
    FurtherRescan,
    RekeyedFiles,
    StorageRescan,
    FileCheck,
    ChainHeads,
    IdempotencyKeys,
    ImportService,
    ImportedBackups,
    Uploads,
    UploadDirectory,
    ArrivingChecks,
    HalfUploads,
    UploadTurns,
    UploadArrival,
    UploadFinish,
    UploadTidier,
    AuditedImport,
    ResumableUploads,
    BackupContents,
    TableLists,
    Extracts,
  ],
  exports: [
    BackupPlaces,
    BackupQuestions,
    BackupRows,
    CopyRows,
    FaultyFiles,
    FileExpiry,
    StorageKeeps,
    BackupsService,
    BackupQueue,
    BackupFiles,
    StorageCheck,
  ],
})
export class BackupsModule {}
