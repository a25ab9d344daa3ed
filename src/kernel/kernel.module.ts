import { type DynamicModule, Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { AccessModule } from './access/access.module';
import { Clock, SystemClock } from './clock/clock';
import { MINUTE_MS } from './clock/durations';
import { AppConfig } from './config/config';
import { SanitizeErrorsInterceptor } from './errors/sanitize-errors.interceptor';
import { BodyFailureInterceptor } from './http/body-failure.interceptor';
import { RateLimitGuard } from './http/rate-limit.guard';
import { RecentRequests } from './http/recent-requests';
import { loggingModule } from './logging/logging';

/** What every feature may use. */
@Module({})
export class KernelModule {
  /**
   * @param config the validated configuration
   * @param clock the machine's unless given
   */
  static forRoot(config: AppConfig, clock: Clock = new SystemClock()): DynamicModule {
    return {
      module: KernelModule,
      global: true,
      imports: [
        loggingModule(config.logLevel),
        AccessModule,
        ThrottlerModule.forRoot({
          throttlers: [{ ttl: MINUTE_MS, limit: config.http.requestsPerMinute }],
          storage: new RecentRequests(),
        }),
      ],
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: Clock, useValue: clock },
        RateLimitGuard,
        SanitizeErrorsInterceptor,
        BodyFailureInterceptor,
      ],
      exports: [AppConfig, Clock, ThrottlerModule, RateLimitGuard, SanitizeErrorsInterceptor, BodyFailureInterceptor],
    };
  }
}
