import './start/require-node';
import { checkPorts } from './start/check-ports';
import { isUnconfigured } from './cli/doctor/doctor-trial';
import { signToken } from './cli/tokens/sign-token';
import { stopOnSignals } from './start/hard-end';
import { DEVELOPMENT_DIRECTORY, type Development, prepareDevelopment } from './embedded/development';
import { fillIn } from './embedded/fill-in';
import { provideDirectory } from './embedded/foreign-directory';
import { visibleLines } from './engine/bytes/visible-text';
import { OneTimeCodes } from './kernel/access/one-time-codes';
import type { AppConfig } from './kernel/config/config';
import { ConfigError } from './kernel/config/config-error';
import { type Environment, readEnvironment } from './kernel/config/environment';
import { parseConfig } from './kernel/config/parse-config';
import { readVariables } from './kernel/config/read-variables';
import { sentenceOf } from './engine/findings/finding';
import { unknownVariableFinding, unknownVariables } from './kernel/config/unknown-variables';
import { type NameWithDefault, VARIABLES } from './kernel/config/variables';
import { redact } from './kernel/logging/redact';
import { startFailure } from './start/start-failure';
import { type Service, startService } from './start-service';

/** As sysexits.h: something was found in an unconfigured or misconfigured state. */
const EX_CONFIG = 78;

async function main(): Promise<void> {
  const stopping = new AbortController();
  let graceSeconds = 0;
  stopOnSignals(
    () => stopping.abort(),
    () => graceSeconds * 1000,
  );
  let environment = readEnvironment();
  let development: Development | undefined;
  let service: Service | undefined;
  try {
    if (isUnconfigured(environment)) {
      say('nothing is configured: making a trial under .berkut/');
      await checkPorts(portsOf(environment));
      development = await prepareDevelopment({
        directory: DEVELOPMENT_DIRECTORY,
        signal: stopping.signal,
        onStep: say,
      });
      environment = fillIn(environment, development.environment);
    }
    for (const unknown of unknownVariables(environment)) warn(sentenceOf(unknownVariableFinding(unknown)));
    const config = parseConfig(environment);
    graceSeconds = config.shutdownGraceSeconds;
    if (development === undefined) await checkPorts(portsOf(environment));
    stopping.signal.throwIfAborted();
    if (development !== undefined) {
      if (config.storage.kind === 'directory') await provideDirectory(config.storage.path);
      say('starting the service');
    }
    service = await startService(config);
    stopping.signal.throwIfAborted();
    await announce(service, config, development);
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

/** A trial is started by a person, who wants to see from the first second that something happens. */
function say(step: string): void {
  process.stdout.write(`${step} …\n`);
}

/** Before there is a log; nothing is wrong enough to stop for. */
function warn(sentence: string): void {
  process.stderr.write(`berkut-scc-backups: warning: ${visibleLines(sentence)}\n`);
}

/** What is wrong with the configuration is said later, with all that is wrong with it. */
function portsOf(environment: Environment): Parameters<typeof checkPorts>[0] {
  const { values } = readVariables(environment);
  const place = (hostVariable: NameWithDefault, variable: NameWithDefault) => ({
    host: values[hostVariable] ?? VARIABLES[hostVariable].default,
    port: Number(values[variable] ?? VARIABLES[variable].default),
    variable,
    hostVariable,
  });
  return [
    place('BERKUT_HTTP_HOST', 'BERKUT_HTTP_PORT'),
    place('BERKUT_MANAGEMENT_HOST', 'BERKUT_MANAGEMENT_PORT'),
  ].filter(({ port }) => Number.isInteger(port) && port >= 0 && port <= 65_535);
}

async function announce(service: Service, config: AppConfig, development?: Development): Promise<void> {
  const token = await administratorToken(config);
  // After the #, which a browser sends to no server: the code is in no log.
  const code = token === undefined ? '' : `#/sign-in?code=${service.app.get(OneTimeCodes).issue(token)}`;
  const lines = [
    `Console  ${service.url}/${code}`,
    `API      ${service.url}/api`,
    `Swagger  ${service.url}/api/docs`,
    `Health   ${service.managementUrl}/readyz`,
  ];
  if (token !== undefined) {
    lines.push('', 'The address of the console signs in as an administrator, once, within ten minutes.');
  }
  if (development !== undefined) {
    lines.push('', 'Demo database ("npm run -s psql" opens it):', development.environment['BERKUT_DB_URL'] ?? '');
  }
  if (token !== undefined) lines.push('', 'Administrator token, good for 12 hours:', token);
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

/** Only for development, where this service signs the tokens. */
async function administratorToken({ appEnv, auth }: AppConfig): Promise<string | undefined> {
  if (appEnv !== 'dev' || auth.kind !== 'secret') return undefined;
  return signToken({ name: 'admin', roles: ['superadmin'], ttlSeconds: 12 * 3600 }, auth, new Date());
}

main().catch((error: unknown) => {
  process.stderr.write(`berkut-scc-backups: ${visibleLines(redact(startFailure(error)))}\n`);
  process.exitCode = error instanceof ConfigError ? EX_CONFIG : 1;
});
