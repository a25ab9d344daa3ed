import type { Role } from './place';
import { type Outcome, type Way, WAYS } from './ways';

/** What a shape did on one version. */
export interface Result {
  readonly shape: string;
  readonly version: number;
  /** The version it was restored on, where that is another. */
  readonly to?: number;
  readonly role: Role;
  /** What the server lacks for it, in words. */
  readonly missing?: string;
  readonly outcomes: readonly Outcome[];
}

/** One line of the terminal for each shape, then each thing that is wrong with its code and message. */
export function asText(results: readonly Result[]): string {
  const lines = results.flatMap((result) => {
    const head = `${result.version}${result.to === undefined ? '' : `-${result.to}`} ${result.role.padEnd(9)} ${result.shape.padEnd(40)}`;
    if (result.missing !== undefined) return [`${head} needs ${result.missing}`];
    const wrong = result.outcomes.filter(({ how }) => how === 'wrong');
    const cells = WAYS.map((way) => cell(result, way).padEnd(4)).join(' ');
    return [
      `${head} ${cells}`,
      ...wrong.map(({ way, code, detail }) => `    ${way}: ${code ?? ''}: ${shortened(detail ?? '')}`),
    ];
  });
  return lines.join('\n');
}

function shortened(text: string): string {
  return text
    .split('\n')
    .slice(0, 12)
    .map((line) => line.slice(0, 400))
    .join('\n      ');
}

function cell({ outcomes }: Result, way: Way): string {
  const found = outcomes.find((one) => one.way === way);
  return found === undefined ? '' : { identical: 'ok', refused: 'ref', wrong: 'NO', absent: '' }[found.how];
}

/** Whether anything is other than a shape expects. */
export function isGood(results: readonly Result[]): boolean {
  return results.every(({ outcomes }) => outcomes.every(({ how }) => how !== 'wrong'));
}

/** The ways that held, those that did not, and the shapes that a server could not have, under the names of Jest. */
export function countsOf(results: readonly Result[]): Readonly<Record<string, number>> {
  const outcomes = results.flatMap((result) => result.outcomes);
  const failed = outcomes.filter(({ how }) => how === 'wrong').length;
  return {
    numPassedTests: outcomes.length - failed,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: results.filter(({ missing }) => missing !== undefined).length,
    numTodoTests: 0,
  };
}
