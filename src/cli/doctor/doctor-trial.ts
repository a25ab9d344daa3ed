import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEVELOPMENT_DIRECTORY, developmentSecrets, TRIAL_URL_FILE } from '../../embedded/development';
import { fillIn } from '../../embedded/fill-in';
import type { Environment } from '../../kernel/config/environment';

/** Whether no database is named, so that `npm start` would make a trial. */
export function isUnconfigured(environment: Environment): boolean {
  return (
    (environment['APP_ENV'] ?? 'dev') === 'dev' && !(environment['BERKUT_DB_URL'] ?? environment['BERKUT_DB_URL_FILE'])
  );
}

/**
 * What the trial of this directory runs with: its private server, as of the newest start, and its keys.
 *
 * @returns `undefined` when there is no trial here
 */
export async function trialEnvironment(environment: Environment): Promise<Environment | undefined> {
  let url: string;
  try {
    url = (await readFile(join(DEVELOPMENT_DIRECTORY, TRIAL_URL_FILE), 'utf8')).trim();
  } catch {
    return undefined;
  }
  // They were made before that file, so nothing is made here.
  return fillIn(environment, { ...(await developmentSecrets(DEVELOPMENT_DIRECTORY)), BERKUT_DB_URL: url });
}
