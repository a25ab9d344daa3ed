import { readFileSync } from 'node:fs';
import { KeyRing } from '../engine/container/key-ring';
import { type OperatorKey, parseOperatorKey } from '../engine/container/operator-key';
import type { Environment } from '../kernel/config/environment';
import { NoKeyError } from './exit-code';
import { promptHidden } from './hidden-prompt';

/**
 * The key ring of an environment, `undefined` when it names no key.
 *
 * @param keyFile read in place of what the environment says of the current key
 * @throws OperatorKeyError; NoKeyError when a file cannot be read
 */
export function ringOf(environment: Environment, keyFile?: string): KeyRing | undefined {
  const current = keyFile === undefined ? currentKey(environment) : content(keyFile);
  return current === undefined ? undefined : new KeyRing(parseOperatorKey(current), previousKeys(environment));
}

/**
 * As {@link ringOf}, but asks at the terminal for a key that nothing names.
 *
 * @throws NoKeyError also when there is nobody to ask
 */
export async function requiredRing(environment: Environment, keyFile?: string): Promise<KeyRing> {
  const known = ringOf(environment, keyFile);
  if (known !== undefined) return known;
  const entered = await promptHidden('Key (not shown): ');
  if (entered === undefined) {
    throw new NoKeyError('no key: set BACKUP_ENCRYPTION_KEY or BACKUP_ENCRYPTION_KEY_FILE, or give --key-file');
  }
  return new KeyRing(parseOperatorKey(entered), previousKeys(environment));
}

function currentKey(environment: Environment): string | undefined {
  for (const name of ['BACKUP_ENCRYPTION_KEY', 'BERKUT_BACKUP_ENCRYPTION_KEY']) {
    const text = environment[name] ?? '';
    if (text !== '') return text;
    const path = environment[`${name}_FILE`] ?? '';
    if (path !== '') return content(path);
  }
  return undefined;
}

/** Older keys, one a line. */
function previousKeys(environment: Environment): OperatorKey[] {
  const path = environment['BERKUT_BACKUP_PREVIOUS_KEYS_FILE'] ?? '';
  if (path === '') return [];
  const lines = content(path).split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#')).map(parseOperatorKey);
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new NoKeyError(`no key: the file ${path} cannot be read`, { cause });
  }
}
