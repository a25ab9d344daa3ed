import { readFileSync } from 'node:fs';
import { KeyRing } from '../../engine/container/keys/key-ring';
import { type OperatorKey, OperatorKeyError, parseOperatorKey } from '../../engine/container/keys/operator-key';
import type { Environment } from '../../kernel/config/environment';
import { NoKeyError } from '../terminal/exit-code';
import { promptHidden } from '../terminal/hidden-prompt';
import { systemErrorInWords } from '../terminal/system-error';

/**
 * The key ring of an environment, `undefined` when it names no key.
 *
 * @param keyFile read in place of what the environment says of the current key
 * @throws OperatorKeyError; NoKeyError when a file cannot be read
 */
export function ringOf(environment: Environment, keyFile?: string): KeyRing | undefined {
  const current = keyFile === undefined ? currentKey(environment) : keyFrom(content(keyFile), 'the file of --key-file');
  return current === undefined ? undefined : new KeyRing(current, previousKeys(environment));
}

/**
 * As {@link ringOf}, but asks at the terminal for a key that nothing names.
 *
 * @throws NoKeyError, even when there is no terminal to ask at
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

function currentKey(environment: Environment): OperatorKey | undefined {
  for (const name of ['BACKUP_ENCRYPTION_KEY', 'BERKUT_BACKUP_ENCRYPTION_KEY']) {
    const text = environment[name] ?? '';
    if (text !== '') return keyFrom(text, name);
    const path = environment[`${name}_FILE`] ?? '';
    if (path !== '') return keyFrom(content(path), `the file of ${name}_FILE`);
  }
  return undefined;
}

/** Older keys, one a line. */
function previousKeys(environment: Environment): OperatorKey[] {
  const variable = 'BERKUT_BACKUP_PREVIOUS_KEYS_FILE';
  const path = environment[variable] ?? '';
  if (path === '') return [];
  return content(path)
    .split(/\r?\n/)
    .flatMap((line, i) =>
      line.trim() === '' || line.startsWith('#') ? [] : [keyFrom(line, `line ${i + 1} of the file of ${variable}`)],
    );
}

/** @throws OperatorKeyError that says where the key is from, and never the key */
function keyFrom(text: string, source: string): OperatorKey {
  try {
    return parseOperatorKey(text);
  } catch (error) {
    if (!(error instanceof OperatorKeyError)) throw error;
    throw new OperatorKeyError(`${source}: ${error.message}`, { cause: error });
  }
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new NoKeyError(`no key: ${systemErrorInWords(cause, path) ?? `the file ${path} cannot be read`}`, { cause });
  }
}
