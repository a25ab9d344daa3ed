import type { Command } from 'commander';
import { bashCompletion } from './bash';
import { factsOf, withHelpCommand } from './command-tree';
import { fishCompletion } from './fish';
import { zshCompletion } from './zsh';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The script that completes commands and options.
 *
 * @param programs that of files, and that of a service, which `--api` asks for
 */
export function completionFor(shell: Shell, [files, service]: readonly [files: Command, service: Command]): string {
  const programs = { files: withHelpCommand(factsOf(files)), service: withHelpCommand(factsOf(service)) };
  switch (shell) {
    case 'bash':
      return bashCompletion(programs);
    case 'zsh':
      return zshCompletion(programs);
    case 'fish':
      return fishCompletion(programs);
  }
}
