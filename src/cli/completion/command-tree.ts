import type { Argument, Command, Option } from 'commander';
import { present } from '../../engine/optional/present';

/** An option as completion and manual need it. */
export interface OptionFacts {
  readonly name: string;
  /** As in `--to <file>`. */
  readonly flags: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** The value that it has when it is left out, in words. */
  readonly fallback?: string;
}

/** A command with what it takes, read from what the command line itself is made of. */
export interface CommandFacts {
  readonly name: string;
  readonly description: string;
  /** `restore <file>`. */
  readonly usage: string;
  readonly options: readonly OptionFacts[];
  /** Words that the first argument may be; empty when it is a file or something of one's own. */
  readonly choices: readonly string[];
  readonly commands: readonly CommandFacts[];
}

/** The facts of a command and all below it; `help` is one of those of a program. */
export function factsOf(command: Command): CommandFacts {
  const below = command.commands.map(factsOf);
  const [first] = command.registeredArguments;
  const words = [command.name(), ...command.registeredArguments.map(nameOf)];
  return {
    name: command.name(),
    description: command.description(),
    usage: words.join(' '),
    options: command.options.map(optionFacts),
    choices: first?.argChoices ?? [],
    commands: below,
  };
}

function optionFacts(option: Option): OptionFacts {
  const { long, flags, description, required, optional, defaultValueDescription } = option;
  const defaultValue: unknown = option.defaultValue;
  const isShown = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  return {
    name: long ?? flags,
    flags,
    description,
    takesValue: required || optional,
    ...present({ fallback: isShown ? (defaultValueDescription ?? String(defaultValue)) : undefined }),
  };
}

/** With the commands that are found for each program: `help`, which explains the others. */
export function withHelpCommand(facts: CommandFacts): CommandFacts {
  const help: CommandFacts = {
    name: 'help',
    description: 'shows the commands, or the options of one',
    usage: 'help [command]',
    options: [],
    choices: facts.commands.map(({ name }) => name),
    commands: [],
  };
  return { ...facts, commands: [...facts.commands, help] };
}

function nameOf(argument: Argument): string {
  const shown = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${shown}>` : `[${shown}]`;
}
