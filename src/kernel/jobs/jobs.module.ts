import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { RecurringJobs } from './recurring-jobs.service';

/** The one way to do something again and again. */
@Global()
@Module({ imports: [ScheduleModule.forRoot()], providers: [RecurringJobs], exports: [RecurringJobs] })
export class JobsModule {}
