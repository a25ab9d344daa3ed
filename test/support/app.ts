import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { signToken } from '../../src/cli/tokens/sign-token';
import type { Clock } from '../../src/kernel/clock/clock';
import { parseConfig } from '../../src/kernel/config/parse-config';
import { OperationsService } from '../../src/kernel/operations/operations.service';
import { startService } from '../../src/start-service';
import { testCluster, type TestDatabase } from './cluster';
import { JsonClient } from './json-client';
import { TEST_ENVIRONMENT, TEST_SECRET } from './test-environment';

/** A service of its own with databases of its own, on free ports. */
export interface TestService {
  readonly url: string;
  readonly managementUrl: string;
  readonly target: TestDatabase;
  readonly control: TestDatabase;
  readonly storagePath: string;
  /** Asks as a superadmin. */
  readonly client: JsonClient;
  readonly app: Awaited<ReturnType<typeof startService>>['app'];
  token(role: string, name?: string): Promise<string>;
  as(role: string): Promise<JsonClient>;
  /** Rows of the control database. */
  query(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Waits until nothing runs in the background. */
  idle(): Promise<void>;
  /** Stops the service, and removes its databases and files. */
  stop(): Promise<void>;
  /** Stops the service alone; everything else stays for another one. */
  stopService(): Promise<void>;
}

export interface TestServiceOptions {
  /** Variables on top of those every test needs. */
  environment?: Readonly<Record<string, string>>;
  /** The target is a copy of the demo database. */
  demo?: boolean;
  /** The target is the small one. */
  small?: boolean;
  /** In place of the machine's. */
  clock?: Clock;
  /** Another service whose databases and storage this one shares, as a second replica. */
  beside?: Pick<TestService, 'target' | 'control' | 'storagePath'>;
}

/** Starts the real thing: only the addresses and keys are a test's own. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { beside } = options;
  const target =
    beside?.target ??
    (await testCluster().createDatabase(undefined, { demo: options.demo ?? false, small: options.small ?? false }));
  const control = beside?.control ?? (await testCluster().createDatabase(undefined, { control: true }));
  const directory = await mkdtemp(join(tmpdir(), 'berkut-service-'));
  const storagePath = beside?.storagePath ?? join(directory, 'storage');
  const config = parseConfig({
    ...TEST_ENVIRONMENT,
    BERKUT_DB_URL: target.url,
    BERKUT_BACKUP_CONTROL_DB_URL: control.url,
    BERKUT_BACKUP_PATH: storagePath,
    BERKUT_SHUTDOWN_GRACE_SECONDS: '0',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    ...options.environment,
  });
  const removeAll = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true });
    if (beside !== undefined) return;
    await target.drop();
    await control.drop();
  };
  const service = await startService(config, options.clock).catch(async (error: unknown) => {
    await removeAll();
    throw error;
  });
  const token = (role: string, name = role): Promise<string> =>
    signToken({ name, roles: [role], ttlSeconds: 3600 }, { secret: new TextEncoder().encode(TEST_SECRET) }, new Date());
  const { app } = service;
  let isRunning = true;
  const stopService = async (): Promise<void> => {
    if (isRunning) await service.stop();
    isRunning = false;
    // What it shares with another one is not in there.
    if (beside !== undefined) await rm(directory, { recursive: true, force: true });
  };
  return {
    url: service.url,
    managementUrl: service.managementUrl,
    target,
    control,
    storagePath,
    app,
    client: new JsonClient(service.url, await token('superadmin', 'root')),
    token,
    as: async (role) => new JsonClient(service.url, await token(role)),
    query: (sql, parameters) => app.get(DataSource).query(sql, parameters),
    idle: () => app.get(OperationsService).idle(),
    stopService,
    async stop() {
      await stopService();
      await removeAll();
    },
  };
}
