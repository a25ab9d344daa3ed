import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditModule } from './audit/audit.module';
import { BackupsModule } from './backups/backups.module';
import { RbacGuard } from './kernel/access/rbac.guard';
import type { AppConfig } from './kernel/config/config';
import { DatabaseModule } from './kernel/database/database.module';
import { KernelModule } from './kernel/kernel.module';
import { OperationsModule } from './kernel/operations/operations.module';
import { StorageModule } from './kernel/storage/storage.module';
import { TargetModule } from './kernel/target/target.module';
import { MaintenanceGuard } from './maintenance/maintenance.guard';
import { MaintenanceModule } from './maintenance/maintenance.module';
import { RestoreModule } from './restore/restore.module';

@Module({})
export class AppModule {
  static forRoot(config: AppConfig): DynamicModule {
    return { module: AppModule, imports: [] };
  }
}
