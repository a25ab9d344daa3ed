import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { BackupsModule } from '../backups/backups.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { CompatibilityCheck } from './strategies/compatibility-check';
import { DryRuns } from './record/dry-runs';
import { IntegrityController } from './http/integrity.controller';
import { IntegrityService } from './integrity/integrity.service';
import { KeptCopies } from './leftovers/kept-copies';
import { InPlaceRehearsal } from './strategies/in-place-rehearsal';
import { LeftoverEntity } from './leftovers/leftover.entity';
import { Leftovers } from './leftovers/leftovers';
import { Rehearsal } from './strategies/rehearsal';
import { RestoreController } from './http/restore.controller';
import { RestoreRecovery } from './run/restore-recovery';
import { RestoreRunEntity } from './record/restore-run.entity';
import { RestoreRunner } from './run/restore-runner';
import { RestoreService } from './run/restore.service';
import { RestoreTestSchedule } from './integrity/restore-test-schedule';
import { RestoreWindow } from './strategies/restore-window';
import { StagingLoader } from './strategies/staging-loader';
import { SwapRestore } from './strategies/swap-restore';
import { TransactionRestore } from './strategies/transaction-restore';
import { TargetRecovery } from './strategies/target-recovery';
import { Tidier } from './leftovers/tidier';
import { Undo } from './strategies/undo';

/** Dry runs and real restores, and what a dead one left behind. */
@Module({
  imports: [
    TypeOrmModule.forFeature([LeftoverEntity, RestoreRunEntity]),
    AuditModule,
    BackupsModule,
    MaintenanceModule,
  ],
  controllers: [IntegrityController, RestoreController],
  providers: [
    RestoreService,
    RestoreRunner,
    RestoreRecovery,
    TargetRecovery,
    RestoreWindow,
    DryRuns,
    StagingLoader,
    SwapRestore,
    TransactionRestore,
    Rehearsal,
    InPlaceRehearsal,
    KeptCopies,
    Leftovers,
    Tidier,
    Undo,
    IntegrityService,
    RestoreTestSchedule,
    CompatibilityCheck,
  ],
  exports: [IntegrityService, Leftovers, RestoreService],
})
export class RestoreModule {}
