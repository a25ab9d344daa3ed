import type { CommandFacts, OptionFacts } from './command-tree';

/** Both programs: without `--api` and with it. */
export interface Programs {
  readonly files: CommandFacts;
  readonly service: CommandFacts;
}

/** A word that may come next, and what it does. */
export interface Word {
  readonly text: string;
  readonly does: string;
}

/** What may come after a command. */
export interface Place {
  /** Of the program and the command, such as `service plan`; the command is empty before there is one. */
  readonly key: string;
  readonly words: readonly Word[];
  readonly options: readonly Word[];
}

/** Every place there is, that before the first command included. */
export function placesOf({ files, service }: Programs): Place[] {
  return [...placesIn('files', files), ...placesIn('service', service)];
}

/** Options whose next word is their value and no command. */
export function valueOptions({ files, service }: Programs): string[] {
  const all = [files, service].flatMap((program) => [program, ...program.commands]).flatMap(({ options }) => options);
  return [...new Set(all.filter(({ takesValue }) => takesValue).map(({ name }) => name))].sort();
}

function placesIn(name: string, program: CommandFacts): Place[] {
  const general = [...program.options.map(wordOf), { text: '--help', does: 'shows help' }];
  // The way into the other program.
  if (name === 'files') general.push({ text: '--api', does: 'asks a running service at this address' });
  return [
    { key: `${name} `, words: program.commands.map(commandWord), options: general },
    ...program.commands.map((command) => ({
      key: `${name} ${command.name}`,
      words: [...command.choices.map((text) => ({ text, does: '' })), ...command.commands.map(commandWord)],
      options: [...command.options.map(wordOf), ...general],
    })),
  ];
}

function commandWord({ name, description }: CommandFacts): Word {
  return { text: name, does: description };
}

function wordOf({ name, description }: OptionFacts): Word {
  return { text: name, does: description };
}
