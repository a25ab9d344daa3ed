import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { BackupsModule } from '../backups/backups.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { CompatibilityCheck } from './compatibility-check';
import { DryRuns } from './dry-runs';
import { IntegrityController } from './integrity.controller';
import { IntegrityService } from './integrity.service';
import { KeptCopies } from './kept-copies';
import { InPlaceRehearsal } from './in-place-rehearsal';
import { LeftoverEntity } from './leftover.entity';
import { Leftovers } from './leftovers';
import { Rehearsal } from './rehearsal';
import { RestoreController } from './restore.controller';
import { RestoreRecovery } from './restore-recovery';
import { RestoreRunEntity } from './restore-run.entity';
import { RestoreRunner } from './restore-runner';
import { RestoreService } from './restore.service';
import { RestoreTestSchedule } from './restore-test-schedule';
import { RestoreWindow } from './restore-window';
import { StagingLoader } from './staging-loader';
import { SwapRestore } from './swap-restore';
import { TransactionRestore } from './transaction-restore';
import { TargetRecovery } from './target-recovery';
import { Tidier } from './tidier';
import { Undo } from './undo';

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
