import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { Environment } from '../../kernel/config/environment';
import { API_EXAMPLES } from '../terminal/command-examples';
import { EXIT, UsageError } from '../terminal/exit-code';
import { type BsccProgram, newProgram, withHelp } from '../terminal/new-program';
import { FileError } from '../terminal/system-error';
import { ApiClient } from './api-client';
import {
  type ApiSession,
  copyBackup,
  discardRehearsal,
  downloadBackup,
  importBackup,
  listBackups,
  makeBackup,
  setPlan,
  showBackup,
  showPlan,
  startRestore,
  turnPlan,
  watchRestore,
} from './api-commands';
import { extractSql, listTables, showRows } from './contents-commands';

/** Whether the arguments ask for the service, and not for a file. */
export function asksService(args: readonly string[]): boolean {
  return args.some((argument) => argument === '--api' || argument.startsWith('--api='));
}

/**
 * The command line of `bscc --api`, which asks a running service.
 *
 * @param environment of the process, for the token
 */
export function apiProgram(environment: Environment): BsccProgram {
  let exitCode: number = EXIT.ok;
  const { program, output } = newProgram(
    'bscc --api',
    'Asks a running service: makes, fetches and restores its backups. The token is in BERKUT_TOKEN, or in the file that ' +
      'BERKUT_TOKEN_FILE or --token-file names.',
  );
  program.requiredOption('--api <url>', 'address of the service').option('--token-file <path>', 'file with the token');
  const options = () => program.opts<{ api: string; tokenFile?: string }>();
  const session = (): ApiSession => ({
    client: new ApiClient(addressOf(options().api), tokenOf(environment, options().tokenFile)),
    output: output(),
  });
  const doing =
    <A extends unknown[]>(act: (session: ApiSession, ...args: A) => Promise<number>) =>
    async (...args: A): Promise<void> => {
      exitCode = await act(session(), ...args);
    };

  program
    .command('backup')
    .description('makes a backup')
    .option('--label <label>', 'a name for people')
    .option('--scope <scopes>', 'only these, with commas between them', words)
    .option('--files', 'application files, too')
    .option('--no-wait', 'does not wait until it is made')
    .action(
      doing((api, given: { label?: string; scope?: string[]; files?: boolean; wait: boolean }) => {
        const { label, scope, files, wait } = given;
        return makeBackup(api, { label, scope, include_files: files }, wait);
      }),
    );
  program
    .command('ls')
    .description('lists the newest backups')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(doing((api, { limit }: { limit: number }) => listBackups(api, limit)));
  program
    .command('get')
    .argument('<id>', 'of the backup', wholeNumber)
    .description('shows one backup')
    .action(doing(showBackup));
  program
    .command('copy')
    .argument('<id>', 'of the backup', wholeNumber)
    .description('makes the missing copies of a backup now, and shows where it is')
    .action(doing(copyBackup));
  program
    .command('download')
    .argument('<id>', 'of the backup', wholeNumber)
    .description('saves a backup, still encrypted, and compares its checksum')
    .option('--to <file>', 'path; by default the name that the service gives it')
    .action(doing((api, id: number, { to }: { to?: string }) => downloadBackup(api, id, to)));
  program
    .command('tables')
    .argument('<id>', 'of the backup', wholeNumber)
    .description('lists the tables that a backup has rows of')
    .option('--q <part>', 'only those with this in their name')
    .action(doing((api, id: number, { q }: { q?: string }) => listTables(api, id, q)));
  program
    .command('sql')
    .argument('<id>', 'of the backup', wholeNumber)
    .description('writes a backup, or one table of it, as SQL for psql')
    .option('--table <name>', 'only this table: its definitions and its rows')
    .option('--output <file>', 'into this new file, instead of to standard output')
    .action(doing(extractSql));
  program
    .command('rows')
    .argument('<id>', 'of the backup', wholeNumber)
    .description('shows the first rows of a table of a backup')
    .requiredOption('--table <name>', 'schema.table, quoted as in SQL')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(doing(showRows));
  program.command('import <file>').description('brings a backup in').action(doing(importBackup));
  program
    .command('restore')
    .argument('<id>', 'of the backup', wholeNumber)
    .description('restores a backup, and shows each step')
    .option('--scope <scopes>', 'only these, with commas between them', words)
    .option('--tables <names>', 'only these tables, with commas between them; * stands for any characters', words)
    .option('--confirm <database>', 'name of the target database, where the installation asks for it')
    .option('--dry-run', 'only checks whether it could be restored')
    .option('--rehearse', 'loads it into a scratch database, and drops that')
    .option('--keep-hours <n>', 'keeps the database of a rehearsal for so long', wholeNumber)
    .option('--allow-incomplete', 'leaves out, and names, what the database refuses, but never rows')
    .option('--online', 'loads it while the target is open; what is written meanwhile goes into the kept copy')
    .option('--into <database>', 'makes a new database of it; the target stays as it is')
    .option('--skip-safety-backup <reason>', 'makes no backup of what is replaced in place; the reason is recorded')
    .option('--no-wait', 'does not wait for the end')
    .action(doing(restoreOf));
  program
    .command('rollback')
    .argument('<id>', 'of the restore run', wholeNumber)
    .description('brings back the database that a restore has replaced')
    .option('--no-wait', 'does not wait for the end')
    .action(
      doing((api, id: number, { wait }: { wait: boolean }) =>
        startRestore(api, `/backups/restores/${id}/rollback`, {}, wait),
      ),
    );
  program
    .command('promote')
    .argument('<id>', 'of the rehearsal', wholeNumber)
    .description('puts the database that a rehearsal keeps in the place of the target')
    .option('--confirm <database>', 'name of the target database, where the installation asks for it')
    .option('--no-wait', 'does not wait for the end')
    .action(
      doing((api, id: number, { confirm, wait }: { confirm?: string; wait: boolean }) =>
        startRestore(api, `/backups/restores/${id}/promote`, { confirm }, wait),
      ),
    );
  program
    .command('discard')
    .argument('<id>', 'of the rehearsal', wholeNumber)
    .description('drops the database that a rehearsal keeps')
    .action(doing(discardRehearsal));
  program
    .command('watch')
    .argument('<id>', 'of the restore run', wholeNumber)
    .description('watches a restore run to its end')
    .action(doing(watchRestore));
  const plan = program
    .command('plan')
    .description('shows when backups are made, and which stay')
    .action(doing((api) => showPlan(api)));
  plan
    .command('set')
    .argument('<field=value...>', 'fields as docs/plan.md names them, such as schedule_hour=2')
    .description('changes what is given, and keeps the rest')
    .action(doing((api, fields: string[]) => setPlan(api, Object.fromEntries(fields.map(fieldOf)))));
  plan
    .command('enable')
    .description('turns it on')
    .action(doing((api) => turnPlan(api, 'enable')));
  plan
    .command('disable')
    .description('turns it off')
    .action(doing((api) => turnPlan(api, 'disable')));
  withHelp(program, API_EXAMPLES);
  return { program, output, exitCode: () => exitCode };
}

interface RestoreOptions {
  scope?: string[];
  tables?: string[];
  confirm?: string;
  dryRun?: boolean;
  rehearse?: boolean;
  allowIncomplete?: boolean;
  online?: boolean;
  into?: string;
  keepHours?: number;
  skipSafetyBackup?: string;
  wait: boolean;
}

function restoreOf(api: ApiSession, id: number, options: RestoreOptions): Promise<number> {
  const { scope, tables, confirm, dryRun, rehearse, allowIncomplete, online, into } = options;
  const { keepHours, skipSafetyBackup, wait } = options;
  if (dryRun === true || rehearse === true) {
    if (scope !== undefined) throw new UsageError('a dry run takes all that the backup holds: leave --scope out');
    if (tables !== undefined) throw new UsageError('a dry run takes all that the backup holds: leave --tables out');
    if (online === true) throw new UsageError('a dry run never closes the target: leave --online out');
    if (into !== undefined) throw new UsageError('a dry run makes nothing that stays: leave --into out');
    const mode = rehearse === true ? 'rehearse' : 'verify';
    const dry = { mode, allow_incomplete: allowIncomplete, keep_hours: keepHours };
    return startRestore(api, `/backups/${id}/restore/dry-run`, dry, wait);
  }
  if (keepHours !== undefined) throw new UsageError('only a rehearsal keeps its database: add --rehearse');
  const request = {
    scope: scope ?? (tables === undefined ? ['ALL'] : undefined),
    tables,
    confirm,
    skip_safety_backup_reason: skipSafetyBackup,
    allow_incomplete: allowIncomplete,
    online,
    into,
  };
  return startRestore(api, `/backups/${id}/restore`, request, wait);
}

function addressOf(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new UsageError('--api takes an address such as https://backups.example.org');
}

/** @throws UsageError when there is none; never with any part of it */
function tokenOf(environment: Environment, tokenFile: string | undefined): string {
  const file = tokenFile ?? environment['BERKUT_TOKEN_FILE'];
  const token = (file === undefined ? environment['BERKUT_TOKEN'] : contentOf(file))?.trim() ?? '';
  if (token === '') throw new UsageError('no token: set BERKUT_TOKEN or BERKUT_TOKEN_FILE, or give --token-file');
  return token;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FileError(file, error);
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}

/** `true`, `false` and whole numbers are what they look like; everything else is text. */
function fieldOf(assignment: string): [name: string, value: unknown] {
  const [, name, text] = /^([a-z_]+)=(.*)$/s.exec(assignment) ?? [];
  if (name === undefined || text === undefined) throw new UsageError(`${assignment} is not of the form field=value`);
  if (text === 'true' || text === 'false') return [name, text === 'true'];
  return [name, /^\d{1,15}$/.test(text) ? Number(text) : text];
}

function words(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}
