import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { BackupsModule } from '../backups/backups.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { RestoreController } from './restore.controller';
import { RestoreRecovery } from './restore-recovery';
import { RestoreRunEntity } from './restore-run.entity';
import { RestoreRunner } from './restore-runner';
import { RestoreService } from './restore.service';
import { TargetRecovery } from './target-recovery';
import { TargetSwitch } from './target-switch';

/** Dry runs and real restores, and what a dead one left behind. */
@Module({
  imports: [TypeOrmModule.forFeature([RestoreRunEntity]), AuditModule, BackupsModule, MaintenanceModule],
  controllers: [RestoreController],
  providers: [RestoreService, RestoreRunner, RestoreRecovery, TargetRecovery, TargetSwitch],
})
export class RestoreModule {}
