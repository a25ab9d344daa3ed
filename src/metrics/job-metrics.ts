import { Gauge, type Registry } from 'prom-client';
import type { RecurringJobs } from '../kernel/jobs/recurring-jobs.service';

const MOMENTS = {
  start: 'Latest time at which a recurring job of this process found work for a turn and began it, seconds since 1970.',
  success: 'Latest turn of a recurring job of this process that ended without an error, seconds since 1970.',
  failure: 'Latest turn of a recurring job of this process that failed, seconds since 1970.',
} as const;

/** When the recurring jobs of this process last did what. What has never happened has no series. */
export class JobMetrics {
  private readonly gauges: Record<keyof typeof MOMENTS, Gauge<'job'>>;

  constructor(
    registry: Registry,
    private readonly jobs: RecurringJobs,
  ) {
    const gauge = (moment: keyof typeof MOMENTS): Gauge<'job'> =>
      new Gauge({
        name: `berkut_job_last_${moment}_timestamp_seconds`,
        help: MOMENTS[moment],
        labelNames: ['job'],
        registers: [registry],
      });
    this.gauges = { start: gauge('start'), success: gauge('success'), failure: gauge('failure') };
  }

  /** Sets the gauges to what is known now. */
  read(): void {
    for (const { name, times } of this.jobs.known()) {
      const { start, success, failure } = times;
      if (start !== undefined) this.gauges.start.set({ job: name }, start.getTime() / 1000);
      if (success !== undefined) this.gauges.success.set({ job: name }, success.getTime() / 1000);
      if (failure !== undefined) this.gauges.failure.set({ job: name }, failure.getTime() / 1000);
    }
  }
}
