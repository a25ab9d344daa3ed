import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditInterceptor } from './audit/audit.interceptor';
import { AuditModule } from './audit/audit.module';
import { NoteRouteGuard } from './audit/note-route.guard';
import { BackupsModule } from './backups/backups.module';
import { AuthenticationGuard } from './kernel/access/authentication.guard';
import { IdentifyGuard } from './kernel/access/identify.guard';
import { RbacGuard } from './kernel/access/rbac.guard';
import type { Clock } from './kernel/clock/clock';
import type { AppConfig } from './kernel/config/config';
import { DatabaseModule } from './kernel/database/database.module';
import { AllErrorsFilter } from './kernel/errors/all-errors.filter';
import { SanitizeErrorsInterceptor } from './kernel/errors/sanitize-errors.interceptor';
import { HealthModule } from './kernel/health/health.module';
import { BodyFailureInterceptor } from './kernel/http/body-failure.interceptor';
import { RateLimitGuard } from './kernel/http/rate-limit.guard';
import { JobsModule } from './kernel/jobs/jobs.module';
import { KernelModule } from './kernel/kernel.module';
import { OperationsModule } from './kernel/operations/operations.module';
import { StorageModule } from './kernel/storage/storage.module';
import { TargetModule } from './kernel/target/target.module';
import { MaintenanceGuard } from './maintenance/maintenance.guard';
import { MaintenanceModule } from './maintenance/maintenance.module';
import { MetricsModule } from './metrics/metrics.module';
import { AlertsModule } from './alerts/alerts.module';
import { NoticesModule } from './notices/notices.module';
import { OverviewModule } from './overview/overview.module';
import { PlanModule } from './plan/plan.module';
import { RestoreModule } from './restore/restore.module';
import { SessionModule } from './session/session.module';

/** The features, the kernel, and all that is global, in the order in which a request meets it. */
@Module({})
export class AppModule {
  /**
   * @param config the validated configuration
   * @param clock in place of the machine's
   */
  static forRoot(config: AppConfig, clock?: Clock): DynamicModule {
    return {
      module: AppModule,
      imports: [
        KernelModule.forRoot(config, clock),
        DatabaseModule,
        OperationsModule,
        StorageModule,
        TargetModule,
        JobsModule,
        HealthModule,
        MetricsModule,
        AuditModule,
        AlertsModule,
        MaintenanceModule,
        SessionModule,
        // Before the backups, so that `restores`, `plan` and `history` in a path are not taken for ids.
        RestoreModule,
        PlanModule,
        OverviewModule,
        BackupsModule,
        NoticesModule,
      ],
      providers: [
        { provide: APP_GUARD, useExisting: NoteRouteGuard },
        // Who is calling is known before any database is asked, and refused only after maintenance.
        { provide: APP_GUARD, useExisting: IdentifyGuard },
        { provide: APP_GUARD, useExisting: MaintenanceGuard },
        { provide: APP_GUARD, useExisting: AuthenticationGuard },
        // Before the permission check: a caller can also ask too often for what it may not do.
        { provide: APP_GUARD, useExisting: RateLimitGuard },
        { provide: APP_GUARD, useExisting: RbacGuard },
        { provide: APP_INTERCEPTOR, useExisting: AuditInterceptor },
        { provide: APP_INTERCEPTOR, useExisting: SanitizeErrorsInterceptor },
        { provide: APP_INTERCEPTOR, useExisting: BodyFailureInterceptor },
        { provide: APP_FILTER, useClass: AllErrorsFilter },
      ],
    };
  }
}
