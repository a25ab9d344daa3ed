import { readFileSync } from 'node:fs';
import type { ConfigProblem } from './config-error';
import type { Environment } from './environment';
import type { Variable } from './variable';
import { VARIABLES, type VariableName } from './variables';

/** What an environment says, by our names for it. */
export interface ReadVariables {
  readonly values: Partial<Record<VariableName, string>>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the known variables: by name or alias, secrets also from the file that `<NAME>_FILE` names. Empty counts as not
 * set. Two sources of one value are a problem, because it is not clear which one the operator means.
 */
export function readVariables(environment: Environment): ReadVariables {
  const values: Partial<Record<VariableName, string>> = {};
  const problems: ConfigProblem[] = [];
  for (const [name, variable] of entries()) {
    const sources = sourcesOf(environment, name, variable);
    // The time zone of the process is an alias that is not set with this service in mind: the service's own comes first.
    const chosen = name === 'BERKUT_TIMEZONE' ? sources.slice(0, 1) : sources;
    if (chosen.length > 1) {
      problems.push({ variable: chosen.map((source) => source.variable).join(' and '), reason: 'are both set' });
      continue;
    }
    for (const source of chosen) {
      const value = source.read();
      if (value === undefined) problems.push({ variable: source.variable, reason: 'names a file that cannot be read' });
      else if (value === '') problems.push({ variable: source.variable, reason: 'names an empty file' });
      else values[name] = value;
    }
  }
  return { values, problems };
}

interface Source {
  readonly variable: string;
  /** `undefined` when it cannot be read. */
  read(): string | undefined;
}

function sourcesOf(environment: Environment, name: string, { aliases = [], isSecret = false }: Variable): Source[] {
  return [name, ...aliases].flatMap((variable): Source[] => {
    const value = environment[variable] ?? '';
    const path = isSecret ? (environment[`${variable}_FILE`] ?? '') : '';
    return [
      ...(value === '' ? [] : [{ variable, read: () => value }]),
      ...(path === '' ? [] : [{ variable: `${variable}_FILE`, read: () => fileContent(path) }]),
    ];
  });
}

/** Editors and `echo` end a file with a line break that is not part of a secret. */
function fileContent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

function entries(): [VariableName, Variable][] {
  return Object.entries(VARIABLES) as [VariableName, Variable][];
}
