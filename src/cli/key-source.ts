import { readFileSync } from 'node:fs';
import { KeyRing } from '../engine/container/key-ring';
import { parseOperatorKey } from '../engine/container/operator-key';
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
    if (text !== '') return new KeyRing(parseOperatorKey(text));
    if (path !== '') return new KeyRing(parseOperatorKey(readFileSync(path, 'utf8')));
  }
  return undefined;
}
