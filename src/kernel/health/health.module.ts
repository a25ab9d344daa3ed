import { Global, Module } from '@nestjs/common';
import { Heartbeats } from './heartbeats';
import { ManagementServer } from './management-server';
import { ReadinessService } from './readiness.service';

/** Probes on a port of their own, so that an orchestrator does not kill a process that is restoring. */
@Global()
@Module({ providers: [ManagementServer, ReadinessService, Heartbeats], exports: [ManagementServer, Heartbeats] })
export class HealthModule {}
