import { Global, Module } from '@nestjs/common';
import { ManagementServer } from './management-server';
import { ReadinessService } from './readiness.service';

/** Probes on a port of their own, so that an orchestrator does not kill a process that is restoring. */
@Global()
@Module({ providers: [ManagementServer, ReadinessService], exports: [ManagementServer] })
export class HealthModule {}
