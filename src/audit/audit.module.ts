import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DenialReporter } from '../kernel/errors/denial-reporter';
import { AuditController } from './audit.controller';
import { AuditKeyStartEntity } from './audit-key-start.entity';
import { AuditKeyStarts } from './audit-key-starts.service';
import { AuditKeys } from './audit-keys.service';
import { AuditLogService } from './audit-log.service';
import { AuditInterceptor } from './audit.interceptor';
import { AuditIntentEntity } from './audit-intent.entity';
import { AuditIntents } from './audit-intents.service';
import { AuditRecordEntity } from './audit-record.entity';
import { AuditService } from './audit.service';
import { AuditSigningKeyEntity } from './audit-signing-key.entity';
import { ChainAnchors } from './chain-anchors';
import { FoldedReads } from './folded-reads';
import { NoteRouteGuard } from './note-route.guard';
import { RequestDenialReporter } from './request-denial-reporter';
import { StrangerDatabase } from './stranger-database';
import { StrangerRecords } from './stranger-records';
import { UnreadableRequests } from './unreadable-requests';

/** The audit log: written by an interceptor, by the filter, and by the service for what it does itself. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forFeature([AuditRecordEntity, AuditIntentEntity, AuditSigningKeyEntity, AuditKeyStartEntity]),
  ],
  controllers: [AuditController],
  providers: [
    AuditService,
    AuditLogService,
    AuditKeys,
    AuditKeyStarts,
    ChainAnchors,
    AuditIntents,
    FoldedReads,
    StrangerDatabase,
    StrangerRecords,
    UnreadableRequests,
    AuditInterceptor,
    NoteRouteGuard,
    { provide: DenialReporter, useClass: RequestDenialReporter },
  ],
  exports: [AuditService, AuditIntents, ChainAnchors, AuditInterceptor, NoteRouteGuard, DenialReporter],
})
export class AuditModule {}
