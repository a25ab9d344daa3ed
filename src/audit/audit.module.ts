import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DenialReporter } from '../kernel/errors/denial-reporter';
import { AuditInterceptor } from './audit.interceptor';
import { AuditRecordEntity } from './audit-record.entity';
import { AuditService } from './audit.service';
import { RememberActionGuard } from './remember-action.guard';
import { RequestDenialReporter } from './request-denial-reporter';

/** The audit log: written by an interceptor, by the filter, and by the service for what it does itself. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AuditRecordEntity])],
  providers: [
    AuditService,
    AuditInterceptor,
    RememberActionGuard,
    { provide: DenialReporter, useClass: RequestDenialReporter },
  ],
  exports: [AuditService, AuditInterceptor, RememberActionGuard, DenialReporter],
})
export class AuditModule {}
