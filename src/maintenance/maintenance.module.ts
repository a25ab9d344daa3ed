import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { JobPause } from '../kernel/jobs/job-pause';
import { MaintenanceEntity } from './maintenance.entity';
import { MaintenanceGuard } from './maintenance.guard';
import { MaintenanceService } from './maintenance.service';

/** The maintenance switch and the guard that reads it. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([MaintenanceEntity]), AuditModule],
  providers: [MaintenanceService, MaintenanceGuard, { provide: JobPause, useExisting: MaintenanceService }],
  exports: [MaintenanceService, MaintenanceGuard, JobPause],
})
export class MaintenanceModule {}
