import { Command } from 'commander';
import { APPLICATION } from '../../kernel/config/version';
import { EXIT, EXIT_MEANINGS } from './exit-code';
import { Output } from './output';

/** A command line: what reads the arguments, what speaks for it, and what a command that has ended without an error ends with. */
export interface BsccProgram {
  readonly program: Command;
  readonly output: () => Output;
  readonly exitCode: () => number;
}

/** Examples of a command, or of the whole with an empty name; each is a line for a shell. */
export type Examples = Readonly<Record<string, readonly string[]>>;

/** A command line with the options that every one has; they may stand before a command or after it. */
export function newProgram(name: string, description: string): Pick<BsccProgram, 'program' | 'output'> {
  const program = new Command(name)
    .description(description)
    .version(APPLICATION.version)
    .option('--json', 'one JSON document on standard output; errors as JSON on standard error')
    .option('--quiet', 'no progress and no steps; results, notes and errors stay')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  let made: Output | undefined;
  const output = (): Output => {
    const { json, quiet } = program.opts<{ json?: boolean; quiet?: boolean }>();
    made ??= new Output(json === true, quiet === true);
    return made;
  };
  return { program, output };
}

/** Gives each command of a program its examples, and all of them the exit codes. */
export function withHelp(program: Command, examples: Examples): void {
  program.addHelpText('after', helpAfter(examples[''] ?? []));
  for (const command of program.commands) command.addHelpText('after', helpAfter(examples[command.name()] ?? []));
}

/** The codes as lines `4  no backup, …`. */
export function exitCodeLines(): [code: string, meaning: string][] {
  return Object.entries(EXIT).map(([name, code]) => [String(code), meaningOf(name)]);
}

function meaningOf(name: string): string {
  return Object.entries(EXIT_MEANINGS).find(([known]) => known === name)?.[1] ?? '';
}

function helpAfter(examples: readonly string[]): string {
  const codes = exitCodeLines().map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`);
  return [
    ...(examples.length === 0 ? [] : ['', 'Examples:', ...examples.map((line) => `  ${line}`)]),
    '',
    'Exit codes:',
    ...codes,
  ].join('\n');
}
