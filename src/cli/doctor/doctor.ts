import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { problem, warning } from '../../engine/findings/finding';
import { runTool } from '../../engine/process/run-tool';
import type { AppConfig } from '../../kernel/config/config';
import { ConfigError } from '../../kernel/config/config-error';
import type { Environment } from '../../kernel/config/environment';
import { parseConfig } from '../../kernel/config/parse-config';
import { unknownVariableFinding, unknownVariables } from '../../kernel/config/unknown-variables';
import { redact } from '../../kernel/logging/redact';
import type { Notice } from '../../alerts/alert';
import type { Channel } from '../../notices/channel';
import { channelsOf } from '../../notices/channels-of';
import { checkDatabases } from './doctor-databases';
import { checkFiles } from './doctor-files';
import { checkLeftovers } from './doctor-leftovers';
import { checkListening, checkMailServer } from './doctor-network';
import { checkStorages } from './doctor-storage';
import { checkTokens } from './doctor-tokens';
import { isUnconfigured, trialEnvironment } from './doctor-trial';
import type { Output } from '../terminal/output';
import { type Diagnosis, found, ok } from './diagnosis';

/**
 * Checks everything the service needs before it is started, or when it does not do what it should.
 *
 * @param options.notifies also sends a notice over every channel
 * @returns false when there is a problem; warnings are none
 */
export async function doctor(
  environment: Environment,
  { notifies, output }: { notifies: boolean; output: Output },
): Promise<boolean> {
  const diagnoses = await diagnose(environment, notifies);
  const isWell = diagnoses.every(({ state }) => state !== 'problem');
  const lines = diagnoses.flatMap(({ check, state, message, advice }) => [
    `${state.padEnd(8)} ${check}: ${message}`,
    ...(advice === undefined ? [] : [`${' '.repeat(9)}→ ${advice}`]),
  ]);
  const problems = diagnoses.filter(({ state }) => state === 'problem').length;
  output.result({ ok: isWell, checks: diagnoses }, [...lines, isWell ? 'well' : `problems: ${problems}`]);
  return isWell;
}

async function diagnose(given: Environment, notifies: boolean): Promise<Diagnosis[]> {
  let config: AppConfig;
  const trial = isUnconfigured(given) ? await trialEnvironment(given) : undefined;
  const environment = trial ?? given;
  try {
    config = parseConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable, reason }) =>
      found('configuration', problem('configuration.invalid', { variable, reason })),
    );
  }
  return [
    ok(
      'configuration',
      `APP_ENV is ${config.appEnv}${trial === undefined ? '' : '; nothing is configured, so this is about the trial under .berkut/'}`,
    ),
    ...unknownVariables(given).map((unknown) => found('variables', unknownVariableFinding(unknown))),
    ...(await checkListening(config)),
    ...(await checkStorages(config)),
    ...(await checkFiles(config)),
    ...(await checkDatabases(config)),
    ...(await checkLeftovers(config)),
    ...(await checkMigrations(config)),
    ...(await checkTokens(config)),
    ...(await checkMailServer(config)),
    ...(await checkNotices(config, notifies)),
  ];
}

async function checkMigrations({ migrateCommand }: AppConfig): Promise<Diagnosis[]> {
  const check = 'migrations';
  if (migrateCommand === undefined) {
    return [ok(check, 'no command: an older backup keeps the schema it has')];
  }
  try {
    await runTool({ command: '/bin/sh', args: ['-n', '-c', migrateCommand] });
    return [ok(check, 'the command can be read; a rehearsal of an older backup tries it')];
  } catch {
    return [found(check, problem('configuration.migrate_command'))];
  }
}

async function checkNotices({ notices }: AppConfig, notifies: boolean): Promise<Diagnosis[]> {
  const notice = testNotice(notices.instance);
  // A heartbeat would take a test for a good backup.
  const channels = channelsOf(notices, () => new Date()).filter((channel) => channel.takes(notice));
  if (channels.length === 0) return [found('notices', warning('notices.no_channel'))];
  if (!notifies) {
    const names = channels.map(({ name }) => name).join(' and ');
    return [ok('notices', `by ${names}; --notify sends one to try`)];
  }
  return Promise.all(channels.map((channel) => tryOut(channel, notice)));
}

function testNotice(instance: string): Notice {
  return {
    id: randomUUID(),
    alert: 'test',
    state: 'raised',
    message: `This is a test from ${hostname()}; nothing has failed.`,
    at: new Date().toISOString(),
    instance,
  };
}

async function tryOut(channel: Channel, notice: Notice): Promise<Diagnosis> {
  const check = `notices by ${channel.name}`;
  try {
    await channel.send(notice);
    return ok(check, 'a test was sent and accepted');
  } catch (error) {
    const reason = redact(error instanceof Error ? error.message : 'failed');
    return found(check, problem('notices.not_sent', { reason }));
  }
}
