import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { BackupsModule } from '../backups/backups.module';
import { MaintenanceModule } from '../maintenance/maintenance.module';
import { ComparedTableEntity } from './comparison/compared-table.entity';
import { ComparisonEntity } from './comparison/comparison.entity';
import { ComparisonRows } from './comparison/comparison-rows';
import { Comparisons } from './comparison/comparisons.service';
import { ComparisonController } from './http/comparison.controller';
import { CompatibilityCheck } from './run/compatibility-check';
import { DryRuns } from './record/dry-runs';
import { IntegrityController } from './http/integrity.controller';
import { IntegrityService } from './integrity/integrity.service';
import { KeptCopies } from './leftovers/kept-copies';
import { KeptRehearsals } from './leftovers/kept-rehearsals';
import { LeftoverEntity } from './leftovers/leftover.entity';
import { Leftovers } from './leftovers/leftovers';
import { Exchange } from './parts/exchange';
import { InPlaceRehearsal } from './parts/in-place-rehearsal';
import { OneTransaction } from './parts/one-transaction';
import { SafetyBackup } from './parts/safety-backup';
import { RestoreStrategies, STRATEGIES } from './strategies/restore-strategies';
import { RestoreLaunch } from './run/restore-launch';
import { RestoreController } from './http/restore.controller';
import { RestoreRecovery } from './run/restore-recovery';
import { RestoreRunEntity } from './record/restore-run.entity';
import { RestoreRunner } from './run/restore-runner';
import { RestoreService } from './run/restore.service';
import { RestoreTestSchedule } from './integrity/restore-test-schedule';
import { RestoreWindow } from './parts/restore-window';
import { ScratchReaders } from './leftovers/scratch-readers';
import { SchemaMigration } from './parts/schema-migration';
import { StagingLoader } from './parts/staging-loader';
import { TableChoice } from './run/table-choice.service';
import { Tidier } from './leftovers/tidier';
import { UnchangedTarget } from './parts/unchanged-target';
import { Undo } from './parts/undo';

/** Dry runs and real restores, and what a dead one left behind. */
@Module({
  imports: [
    TypeOrmModule.forFeature([ComparedTableEntity, ComparisonEntity, LeftoverEntity, RestoreRunEntity]),
    AuditModule,
    BackupsModule,
    MaintenanceModule,
  ],
  controllers: [IntegrityController, ComparisonController, RestoreController],
  providers: [
    RestoreService,
    RestoreLaunch,
    TableChoice,
    Comparisons,
    ComparisonRows,
    RestoreRunner,
    RestoreRecovery,
    ...Object.values(STRATEGIES),
    RestoreStrategies,
    RestoreWindow,
    Exchange,
    OneTransaction,
    SafetyBackup,
    DryRuns,
    StagingLoader,
    InPlaceRehearsal,
    KeptCopies,
    KeptRehearsals,
    ScratchReaders,
    SchemaMigration,
    UnchangedTarget,
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
