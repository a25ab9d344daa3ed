import { problem } from '../../engine/findings/finding';
import { checkPort } from '../../start/check-ports';
import type { AppConfig } from '../../kernel/config/config';
import { redact } from '../../kernel/logging/redact';
import { tryMailServer } from '../../notices/mail-channel';
import { type Diagnosis, found, ok } from './diagnosis';

const ANSWER_WITHIN_MS = 5_000;

/** Whether the service could listen where it is to. One that runs already is not in its own way. */
export async function checkListening(config: AppConfig): Promise<Diagnosis[]> {
  if (await isRunning(config)) return [ok('ports', 'the service is running and has them')];
  const places = [
    { ...config.http, variable: 'BERKUT_HTTP_PORT', hostVariable: 'BERKUT_HTTP_HOST' },
    { ...config.management, variable: 'BERKUT_MANAGEMENT_PORT', hostVariable: 'BERKUT_MANAGEMENT_HOST' },
  ];
  const problems: Diagnosis[] = [];
  for (const place of places) {
    try {
      if (place.port !== 0) await checkPort(place);
    } catch (error) {
      const reason = error instanceof Error ? error.message : `${place.variable} cannot be used`;
      problems.push(found('ports', problem('ports.unusable', { reason })));
    }
  }
  return problems.length > 0 ? problems : [ok('ports', 'are free')];
}

async function isRunning({ management: { host, port } }: AppConfig): Promise<boolean> {
  if (port === 0) return false;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return fetch(`http://${name}:${port}/livez`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
    (response) => response.ok,
    () => false,
  );
}

/** Connects to the mail server, encrypts and logs in as a notice would, and sends nothing. */
export async function checkMailServer({ notices: { mail } }: AppConfig): Promise<Diagnosis[]> {
  const check = 'mail server';
  if (mail === undefined) return [];
  try {
    await tryMailServer(mail.server);
    return [ok(check, 'takes our greeting, and the password when there is one')];
  } catch (error) {
    const reason = redact(error instanceof Error ? error.message : 'no answer');
    return [found(check, problem('mail.unusable', { reason }))];
  }
}
