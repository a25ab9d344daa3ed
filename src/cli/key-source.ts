import { readFileSync } from 'node:fs';
import { KeyRing } from '../engine/container/key-ring';
import { type OperatorKey, parseOperatorKey } from '../engine/container/operator-key';
import type { Environment } from '../kernel/config/environment';

/**
 * The key ring of an environment, `undefined` when it names no key.
 *
 * @throws OperatorKeyError; the system's error when the file cannot be read
 */
export function ring(environment: Environment): KeyRing | undefined {
  for (const name of ['BACKUP_ENCRYPTION_KEY', 'BERKUT_BACKUP_ENCRYPTION_KEY']) {
    const text = environment[name] ?? '';
    const path = environment[`${name}_FILE`] ?? '';
    const current = text !== '' ? text : path !== '' ? readFileSync(path, 'utf8') : undefined;
    if (current !== undefined) return new KeyRing(parseOperatorKey(current), previousKeys(environment));
  }
  return undefined;
}

/** Older keys, one a line. */
function previousKeys(environment: Environment): OperatorKey[] {
  const path = environment['BERKUT_BACKUP_PREVIOUS_KEYS_FILE'] ?? '';
  if (path === '') return [];
  const lines = readFileSync(path, 'utf8').split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '').map(parseOperatorKey);
}
