import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/config';
import { SharedAnswer } from '../operations/shared-answer';
import { MetricsSource } from './metrics-source';
import { type Check, ReadinessService } from './readiness.service';

/** However many probe, the databases are asked one question at a time, and so many in a second. */
const CHECKS_PER_SECOND = 20;

/** `/livez`: the process answers. `/readyz`: what it needs is there, a line each. `/metrics`: for Prometheus. */
@Injectable()
export class ManagementServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ManagementServer.name);
  private readonly server: Server;
  private readonly checks: SharedAnswer<Check[]>;
  private readonly rendered: SharedAnswer<{ contentType: string; text: string }>;

  constructor(
    private readonly config: AppConfig,
    private readonly readiness: ReadinessService,
    private readonly metrics: MetricsSource,
  ) {
    this.checks = new SharedAnswer(() => this.readiness.checks(), CHECKS_PER_SECOND);
    this.rendered = new SharedAnswer(() => this.metrics.render(), CHECKS_PER_SECOND);
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** Where it listens, once the application has started. */
  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { host, port } = this.config.management;
    this.server.listen(port, host);
    await once(this.server, 'listening');
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0];
    if (path === '/livez') send(response, 200, 'ok\n');
    else if (path === '/readyz') await this.answerReadiness(response);
    else if (path === '/metrics') await this.answerMetrics(response);
    else send(response, 404, 'not found\n');
  }

  private async answerMetrics(response: ServerResponse): Promise<void> {
    try {
      const { contentType, text } = await this.rendered.get();
      send(response, 200, text, contentType);
    } catch (error) {
      this.logger.warn({ err: error }, 'metrics could not be read');
      send(response, 503, 'metrics cannot be read now\n');
    }
  }

  private async answerReadiness(response: ServerResponse): Promise<void> {
    const checks = await this.checks.get();
    const isReady = checks.every(({ isOk, isDispensable }) => isOk || isDispensable === true);
    const lines = checks.map(
      ({ name, isOk, note }) => `${name} ${isOk ? 'ok' : 'failed'}${note === undefined ? '' : ` (${note})`}\n`,
    );
    send(response, isReady ? 200 : 503, lines.join(''));
  }
}

function send(response: ServerResponse, status: number, text: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
  response.end(text);
}
