import type { AppConfig } from '../../kernel/config/config';

/** What needs no quotes anywhere. */
const PLAIN = /^[a-z_][a-z0-9_]{0,62}$/;
const OF_THE_SERVER: ReadonlySet<string> = new Set(['postgres', 'template0', 'template1']);
/** Recovery and the tidier know what runs have made by these names. */
const OF_A_RUN = /_(?:restore|rehearsal|before)_\d+(?:_\d+)?$/;

/** @returns why a new database must not have this name, in words; `undefined` when it may */
export function whyNotNamed(
  name: string,
  { target, control, restore }: Pick<AppConfig, 'target' | 'control' | 'restore'>,
): string | undefined {
  if (!PLAIN.test(name)) {
    return 'The name has small letters, digits and underscores, does not begin with a digit, and has at most 63 characters.';
  }
  const inUse = [target.database, control.database, restore.maintenanceDatabase];
  if (OF_THE_SERVER.has(name) || inUse.includes(name)) return 'The name is that of a database in use.';
  if (OF_A_RUN.test(name))
    return 'Names that end in _restore_, _rehearsal_ or _before_ and a number are those of runs.';
  return undefined;
}
