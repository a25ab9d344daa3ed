import { DataSource } from 'typeorm';
import { AuditIntentEntity } from './src/audit/audit-intent.entity';
import { AuditKeyStartEntity } from './src/audit/audit-key-start.entity';
import { AuditRecordEntity } from './src/audit/audit-record.entity';
import { AuditSigningKeyEntity } from './src/audit/audit-signing-key.entity';
import { BackupFileEntity } from './src/backups/catalogue/backup-file.entity';
import { BackupEntity } from './src/backups/catalogue/backup.entity';
import { IdempotencyKeyEntity } from './src/backups/idempotency/idempotency-key.entity';
import { RescanEntity } from './src/backups/storage-check/rescan.entity';
import { StorageCheckEntity } from './src/backups/storage-check/storage-check.entity';
import { parseDatabaseUrl } from './src/engine/address/parse-database-url';
import { controlAddress } from './src/kernel/config/database-addresses';
import { readEnvironment } from './src/kernel/config/environment';
import { controlDataSourceOptions } from './src/kernel/database/control-database';
import { MaintenanceEntity } from './src/maintenance/maintenance.entity';
import { AlertEntity } from './src/alerts/alert.entity';
import { NoticeDeliveryEntity } from './src/notices/notice-delivery.entity';
import { DueRunEntity } from './src/plan/due-run.entity';
import { PlanEntity } from './src/plan/plan.entity';
import { LeftoverEntity } from './src/restore/leftovers/leftover.entity';
import { RestoreRunEntity } from './src/restore/record/restore-run.entity';

/** Every entity of the control database. */
export const entities = [
  BackupEntity,
  BackupFileEntity,
  IdempotencyKeyEntity,
  StorageCheckEntity,
  RescanEntity,
  RestoreRunEntity,
  LeftoverEntity,
  MaintenanceEntity,
  AuditIntentEntity,
  AuditKeyStartEntity,
  AuditRecordEntity,
  AuditSigningKeyEntity,
  PlanEntity,
  DueRunEntity,
  AlertEntity,
  NoticeDeliveryEntity,
];

/** For the TypeORM command line, in the environment of the service: `npx typeorm -d dist/ormconfig.js migration:show`. */
export default new DataSource({
  ...controlDataSourceOptions(
    controlAddress(readEnvironment()) ?? parseDatabaseUrl('postgres://scc@localhost/scc_backups'),
  ),
  entities,
});
