import { Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { answerClientErrors } from '../kernel/http/client-errors';
import { plainAddress } from '../kernel/request/source-address';
import type { AuditEntry } from './audit.service';
import { StrangerRecords } from './stranger-records';

/** Records what cannot be read as a request, and so never came to a route. */
@Injectable()
export class UnreadableRequests implements OnApplicationBootstrap {
  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly strangers: StrangerRecords,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    answerClientErrors(server, ({ status, requestId, remoteAddress }) => {
      const entry: AuditEntry = {
        actor: 'anonymous',
        actorRoles: [],
        sourceIp: plainAddress(remoteAddress),
        requestId,
        action: 'request.unknown',
        result: 'failed',
        details: { status, error_code: 'backups.invalid_request' },
      };
      this.strangers.note(entry, `unreadable ${status}`);
    });
  }
}
