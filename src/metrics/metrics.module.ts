import { Global, Module } from '@nestjs/common';
import { MetricsSource } from '../kernel/health/metrics-source';
import { MetricsService } from './metrics.service';

/** What monitoring is told. */
@Global()
@Module({
  providers: [MetricsService, { provide: MetricsSource, useExisting: MetricsService }],
  exports: [MetricsSource],
})
export class MetricsModule {}
