import { Global, Module } from '@nestjs/common';
import { BackupsModule } from '../backups/backups.module';
import { MetricsSource } from '../kernel/health/metrics-source';
import { MetricsService } from './metrics.service';

/** What monitoring is told. */
@Global()
@Module({
  imports: [BackupsModule],
  providers: [MetricsService, { provide: MetricsSource, useExisting: MetricsService }],
  exports: [MetricsSource],
})
export class MetricsModule {}
