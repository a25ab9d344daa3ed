import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import type { AppConfig } from './kernel/config/config';
import { ManagementServer } from './kernel/health/management-server';
import { configureApp } from './kernel/http/configure-app';

/** A running service. */
export interface Service {
  /** Of the API's host, without a path. */
  readonly url: string;
  /** Of the probes. */
  readonly managementUrl: string;
  readonly app: NestExpressApplication;
  /** Stops taking work, ends what runs, closes what is open. */
  stop(): Promise<void>;
}

/**
 * Starts the service.
 *
 * @throws whatever keeps it from starting: the control database, a port
 */
export async function startService(config: AppConfig): Promise<Service> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  try {
    configureApp(app);
    await app.listen(config.http.port, config.http.host);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  return {
    url: await app.getUrl(),
    managementUrl: app.get(ManagementServer).url,
    app,
    stop: () => app.close(),
  };
}
