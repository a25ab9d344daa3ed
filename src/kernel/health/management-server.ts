import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/config';
import { MetricsSource } from './metrics-source';
import { ReadinessService } from './readiness.service';

/** `/livez`: the process answers. `/readyz`: what it needs is there, a line each. `/metrics`: for Prometheus. */
@Injectable()
export class ManagementServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ManagementServer.name);
  private readonly server: Server;

  constructor(
    private readonly config: AppConfig,
    private readonly readiness: ReadinessService,
    private readonly metrics: MetricsSource,
  ) {
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
      const { contentType, text } = await this.metrics.render();
      send(response, 200, text, contentType);
    } catch (error) {
      this.logger.warn({ err: error }, 'metrics could not be read');
      send(response, 503, 'metrics cannot be read now\n');
    }
  }

  private async answerReadiness(response: ServerResponse): Promise<void> {
    const checks = await this.readiness.checks();
    const isReady = checks.every(({ isOk }) => isOk);
    const lines = checks.map(({ name, isOk }) => `${name} ${isOk ? 'ok' : 'failed'}\n`);
    send(response, isReady ? 200 : 503, lines.join(''));
  }
}

function send(response: ServerResponse, status: number, text: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
  response.end(text);
}
