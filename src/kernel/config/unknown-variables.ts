import { type Finding, warning } from '../../engine/findings/finding';
import type { Environment } from './environment';
import type { Variable } from './variable';
import { VARIABLES } from './variables';

/** Ours, too, and read by others than the service: `bscc` and the tests. */
const OTHERS = ['BERKUT_TOKEN', 'BERKUT_TOKEN_FILE', 'BERKUT_RESTORE_URL', 'BERKUT_API_URL', 'BERKUT_TEST_CLUSTER'];

/** How many letters may be wrong, missing or too many for a name to be meant. */
const MAX_DISTANCE = 3;

/** A name that looks like one of ours and is none: it configures nothing. */
export interface UnknownVariable {
  readonly name: string;
  /** What was probably meant. */
  readonly meant?: string;
}

/** Names of the environment that begin like ours and that nothing reads, the spelling of a letter included. */
export function unknownVariables(environment: Environment): UnknownVariable[] {
  const known = new Set([...Object.entries<Variable>(VARIABLES).flatMap(namesOf), ...OTHERS]);
  return Object.keys(environment)
    .filter((name) => /^(BERKUT|BACKUP)_/i.test(name) && !known.has(name) && environment[name] !== '')
    .sort()
    .flatMap((name) => {
      const meant = nearest(name.toUpperCase(), known);
      if (meant !== undefined) return [{ name, meant }];
      // Other programs have variables of backups, too.
      return name.startsWith('BERKUT_') ? [{ name }] : [];
    });
}

export function unknownVariableFinding({ name, meant }: UnknownVariable): Finding {
  if (meant === undefined) return warning('configuration.unknown_variable', { variable: name });
  return warning('configuration.misspelled_variable', { variable: name, meant });
}

function namesOf([name, { aliases = [], isSecret = false }]: [string, Variable]): string[] {
  const names = [name, ...aliases];
  return isSecret ? names.flatMap((one) => [one, `${one}_FILE`]) : names;
}

function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  const [best] = [...known]
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= MAX_DISTANCE ? best.candidate : undefined;
}

/** Levenshtein's: letters to change, add or take away. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
