import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import { consoleDirectory, readConsoleFiles } from './console/console-files';
import { serveConsole } from './console/serve-console';
import type { Clock } from './kernel/clock/clock';
import type { AppConfig } from './kernel/config/config';
import { ManagementServer } from './kernel/health/management-server';
import { prepareControlDatabase } from './kernel/database/control-database';
import { belongsToAnother, compareControlWithTarget } from './kernel/database/database-identity';
import { sinceMs } from './kernel/operations/run-line';
import { APPLICATION } from './kernel/config/version';
import { configureApp } from './kernel/http/configure-app';
import { HttpAdapter } from './kernel/http/http-adapter';
import { endIdleConnections } from './kernel/http/idle-connections';

/** What keeps the service from starting, in words for an administrator. */
class StartError extends Error {
  override readonly name = 'StartError';
}

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
export async function startService(config: AppConfig, clock?: Clock): Promise<Service> {
  const beganAtMs = performance.now();
  try {
    await refuseOtherDatabases(config);
    await prepareControlDatabase(config.control);
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    throw new StartError(`the control database cannot be used: ${reason}`, { cause });
  }
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, clock), new HttpAdapter(), {
    bodyParser: false,
    // Until the structured log takes over; what keeps the service from starting is thrown.
    logger: ['fatal'],
    abortOnError: false,
  });
  try {
    configureApp(app);
    const consoleFiles = await readConsoleFiles(consoleDirectory());
    if (consoleFiles.size === 0) new Logger('Console').warn('the console is not part of this build, so / has no page');
    app.use(serveConsole(consoleFiles));
    await app.listen(config.http.port, config.http.host);
    limitSlowClients(app);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  const logger = new Logger('Service');
  const [url, managementUrl] = [await app.getUrl(), app.get(ManagementServer).url];
  const started = { api: url, probes: managementUrl, version: APPLICATION.version, duration_ms: sinceMs(beganAtMs) };
  logger.log(started, 'the service has started');
  return {
    url,
    managementUrl,
    app,
    stop: async () => {
      const toldAtMs = performance.now();
      logger.log('the service is told to stop');
      await stop(app, config.shutdownGraceSeconds * 1000);
      logger.log({ version: APPLICATION.version, duration_ms: sinceMs(toldAtMs) }, 'the service has stopped');
    },
  };
}

/** Before the first migration: the target is never written to, by whatever name the URL reaches it. */
async function refuseOtherDatabases({ control, target, restore }: AppConfig): Promise<void> {
  const compared = await compareControlWithTarget({
    control,
    target,
    maintenanceDatabase: restore.maintenanceDatabase,
  });
  if (compared === 'same') {
    throw new StartError(
      'BERKUT_BACKUP_CONTROL_DB_URL leads to the target database: give the service a database of its own',
    );
  }
  if (compared === 'unknown' && (await belongsToAnother(control))) {
    throw new StartError(
      'the database of BERKUT_BACKUP_CONTROL_DB_URL has tables of another program, and while the target does not answer it may be the target: give the service a database of its own',
    );
  }
}

/** Headers and idle connections are limited here, bodies where they are read: an upload may take as long as it flows. */
const HEADERS_TIMEOUT_MS = 15_000;
const IDLE_TIMEOUT_MS = 600_000;
/**
 * Between two requests, a connection is kept longer than by the proxies in front (60 s of nginx's `keepalive_timeout` for its
 * upstreams, and of AWS's load balancers): the side that closes first must be the one that sends the requests.
 */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

function limitSlowClients(app: NestExpressApplication): void {
  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  endIdleConnections(server, IDLE_TIMEOUT_MS);
}

/**
 * Closes the application. Uploads and downloads have as long to end as running operations. Then their connections are cut: a
 * client that reads nothing would keep the process for ever.
 */
async function stop(app: NestExpressApplication, graceMs: number): Promise<void> {
  const server = app.getHttpServer();
  const cut = setTimeout(() => {
    server.on('connection', (socket) => socket.destroy());
    server.closeAllConnections();
  }, graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
