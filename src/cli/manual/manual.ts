import { apiProgram } from '../api/api-program';
import { bsccProgram } from '../bscc-program';
import { API_EXAMPLES, EXAMPLES } from '../terminal/command-examples';
import { type CommandFacts, factsOf, type OptionFacts, withHelpCommand } from '../completion/command-tree';
import { type Examples, exitCodeLines } from '../terminal/new-program';
import { APPLICATION } from '../../kernel/config/version';
import { argument, bold, entry, roffText } from './roff';

/** Of the latest change in what `bscc` can do. */
const DATE = '2026-11-29';

const ENVIRONMENT: readonly (readonly [variable: string, meaning: string])[] = [
  ['BACKUP_ENCRYPTION_KEY', 'the key; BACKUP_ENCRYPTION_KEY_FILE names a file that holds it'],
  ['BERKUT_BACKUP_PREVIOUS_KEYS_FILE', 'file with older keys, one a line'],
  ['BERKUT_BACKUP_PGDUMP_BIN', 'pg_dump to use; pg_restore and psql lie beside it'],
  ['BERKUT_RESTORE_URL', 'the database of restore, without --to'],
  ['PGPASSWORD', 'the password of that database'],
  ['BERKUT_TOKEN', 'the token of the caller for --api; BERKUT_TOKEN_FILE names a file that holds it'],
  ['TMPDIR', 'where a backup from standard input is kept, as encrypted as it comes'],
];

/** The page bscc(1), made of the same tables as the help. */
export function manualPage(): string {
  const files = withHelpCommand(factsOf(bsccProgram({}).program));
  const service = withHelpCommand(factsOf(apiProgram({}).program));
  const lines = [
    `.TH BSCC 1 "${DATE}" ${argument(`Berkut SCC Backups ${APPLICATION.version}`)} ${argument('User Commands')}`,
    '.SH NAME',
    'bscc \\- open, check and restore encrypted backups of Berkut SCC',
    '.SH SYNOPSIS',
    `${bold('bscc')} [\\fIoptions\\fR] \\fIcommand\\fR [\\fIargument\\fR ...]`,
    '.br',
    `${bold('bscc --api')} \\fIurl\\fR [\\fIoptions\\fR] \\fIcommand\\fR [\\fIargument\\fR ...]`,
    '.SH DESCRIPTION',
    roffText(files.description),
    '.PP',
    roffText('Progress is shown on standard error: one line at a terminal, elsewhere a line every half minute.'),
    '.SH OPTIONS',
    'They may stand before the command or after it.',
    ...optionLines(files.options),
    '.SH COMMANDS',
    ...files.commands.flatMap((command) => commandLines(command, EXAMPLES)),
    `.SH ${argument('COMMANDS WITH --api')}`,
    roffText(service.description),
    ...optionLines(service.options),
    ...service.commands.flatMap((command) => commandLines(command, API_EXAMPLES)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([variable, meaning]) => entry(bold(variable), meaning)),
    `.SH ${argument('EXIT STATUS')}`,
    ...exitCodeLines().flatMap(([code, meaning]) => entry(bold(code), meaning)),
    '.SH EXAMPLES',
    'A backup is checked, and a running service is asked for another:',
    ...exampleLines([...(EXAMPLES[''] ?? []), ...(API_EXAMPLES[''] ?? [])]),
  ];
  return `.\\" Made by "npm run docs" from what the help of bscc is made of.\n${lines.join('\n')}\n`;
}

function commandLines({ name, usage, description, options, commands }: CommandFacts, examples: Examples): string[] {
  return [
    `.SS ${argument(usage)}`,
    roffText(description),
    ...optionLines(options),
    ...commands.flatMap((below) => entry(bold(`${name} ${below.usage}`), below.description)),
    ...exampleLines(examples[name] ?? []),
  ];
}

function optionLines(options: readonly OptionFacts[]): string[] {
  return options.flatMap(({ flags, description, fallback }) =>
    entry(bold(flags), fallback === undefined ? description : `${description}; without it ${fallback}`),
  );
}

/** As they are typed, without filling or hyphens. */
function exampleLines(examples: readonly string[]): string[] {
  return examples.length === 0 ? [] : ['.PP', '.nf', ...examples.map((line) => `    ${roffText(line)}`), '.fi'];
}
