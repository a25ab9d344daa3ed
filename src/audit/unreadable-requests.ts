import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { answerClientErrors } from '../kernel/http/client-errors';
import type { AuditEntry } from './audit.service';
import { FoldedReads } from './folded-reads';

/**
 * Records what cannot be read as a request, and so never came to a route. Anybody can send these, so only the first of each
 * kind from one address is written down and the others are counted.
 */
@Injectable()
export class UnreadableRequests implements OnApplicationBootstrap {
  private readonly logger = new Logger(UnreadableRequests.name);

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly reads: FoldedReads,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    answerClientErrors(server, ({ status, requestId, remoteAddress }) => {
      this.record({
        actor: 'anonymous',
        actorRoles: [],
        sourceIp: remoteAddress,
        requestId,
        action: 'request.unknown',
        result: 'failed',
        details: { status, error_code: 'backups.invalid_request' },
      });
    });
  }

  private record(entry: AuditEntry): void {
    this.reads.record(entry, JSON.stringify(entry.details)).catch((error: unknown) => {
      this.logger.error({ err: error, entry }, 'an audit record could not be written');
    });
  }
}
