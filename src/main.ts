import { signToken } from './cli/sign-token';
import { DEVELOPMENT_DIRECTORY, type Development, prepareDevelopment } from './embedded/development';
import { fillIn } from './embedded/fill-in';
import type { AppConfig } from './kernel/config/config';
import { ConfigError } from './kernel/config/config-error';
import { readEnvironment } from './kernel/config/environment';
import { parseConfig } from './kernel/config/parse-config';
import { redact } from './kernel/logging/redact';
import { type Service, startService } from './start-service';

/** As sysexits.h: something was found in an unconfigured or misconfigured state. */
const EX_CONFIG = 78;

async function main(): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  let environment = readEnvironment();
  let development: Development | undefined;
  let service: Service | undefined;
  try {
    if (isUnconfigured(environment)) {
      development = await prepareDevelopment({ directory: DEVELOPMENT_DIRECTORY, signal: stopping.signal });
      environment = fillIn(environment, development.environment);
    }
    const config = parseConfig(environment);
    stopping.signal.throwIfAborted();
    service = await startService(config);
    stopping.signal.throwIfAborted();
    await announce(service, config);
    await abortOf(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    await service?.stop();
    await development?.stop();
  }
}

/** Resolves once the signal is aborted, also when it has been already: an event that has passed does not come again. */
async function abortOf(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function isUnconfigured(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (
    (environment['APP_ENV'] ?? 'dev') === 'dev' && !(environment['BERKUT_DB_URL'] ?? environment['BERKUT_DB_URL_FILE'])
  );
}

async function announce(service: Service, config: AppConfig): Promise<void> {
  const lines = [
    `API      ${service.url}/api`,
    `Swagger  ${service.url}/api/docs`,
    `Health   ${service.managementUrl}/readyz`,
  ];
  if (config.appEnv === 'dev' && config.auth.kind === 'secret') {
    const token = await signToken(
      { name: 'admin', roles: ['superadmin'], ttlSeconds: 12 * 3600 },
      config.auth,
      new Date(),
    );
    lines.push('', 'Administrator token, good for 12 hours:', token);
  }
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : 'failed';
  process.stderr.write(`berkut-scc-backups: ${redact(message === '' ? 'failed' : message)}\n`);
  process.exitCode = error instanceof ConfigError ? EX_CONFIG : 1;
});
