import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { BackupsModule } from '../backups/backups.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { DueRunEntity } from './due-run.entity';
import { DueRuns } from './due-runs.service';
import { PlanController } from './plan.controller';
import { PlanEntity } from './plan.entity';
import { PlanService } from './plan.service';
import { PlanTicker } from './plan-ticker';
import { RetentionJudge } from './retention-judge';
import { RetentionService } from './retention.service';

/** When backups are made by themselves, and which stay. */
@Module({
  imports: [TypeOrmModule.forFeature([PlanEntity, DueRunEntity]), AuditModule, BackupsModule, MaintenanceModule],
  controllers: [PlanController],
  providers: [PlanService, DueRuns, RetentionJudge, RetentionService, PlanTicker],
  exports: [PlanService, DueRuns],
})
export class PlanModule {}
