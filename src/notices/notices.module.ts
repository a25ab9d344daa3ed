import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module';
import { BackupsModule } from '../backups/backups.module';
import { PlanModule } from '../plan/plan.module';
import { RestoreModule } from '../restore/restore.module';
import { AlertEntity } from '../alerts/alert.entity';
import { Conditions } from './conditions';
import { NoticeChannels } from './notice-channels';
import { NoticeDeliveryEntity } from './notice-delivery.entity';
import { NoticesService } from './notices.service';
import { NoticeTicker } from './notice-ticker';
import { Outcomes } from './outcomes';
import { MissingFiles } from './missing-files';
import { Suspicions } from './suspicions';
import { ToldOutcomeEntity } from './told-outcome.entity';
import { UnusableStorages } from './unusable-storages';

/** Tells people when something is wrong, and when it is over. */
@Module({
  imports: [
    TypeOrmModule.forFeature([AlertEntity, NoticeDeliveryEntity, ToldOutcomeEntity]),
    AuditModule,
    BackupsModule,
    PlanModule,
    RestoreModule,
  ],
  providers: [
    Conditions,
    MissingFiles,
    Outcomes,
    Suspicions,
    UnusableStorages,
    NoticeChannels,
    NoticesService,
    NoticeTicker,
  ],
})
export class NoticesModule {}
