import { Argument, Option } from 'commander';
import { generateOperatorKey } from '../engine/container/keys/operator-key';
import { type Environment, surroundingsOf } from '../kernel/config/environment';
import { apiProgram } from './api/api-program';
import { EXAMPLES } from './terminal/command-examples';
import { completionFor, type Shell, SHELLS } from './completion/completion';
import { inspect, list, verify } from './container/container-commands';
import { EXIT, UsageError } from './terminal/exit-code';
import { extract } from './container/extract-command';
import { type ExtractOptions, extractRequest } from './container/extract-request';
import { extractRows } from './container/extract-table-command';
import { TABLE_FORMATS } from '../engine/postgres/extract/table-text';
import { requiredRing, ringOf } from './container/key-source';
import { interruptible } from './terminal/interruptible';
import { type BsccProgram, newProgram, withHelp } from './terminal/new-program';
import { rekeyAll } from './container/rekey-command';
import { restore } from './restore/restore-command';
import { tokenRequest, withTokenOptions } from './tokens/token-request';

/**
 * The command line of `bscc`, which opens containers without the service, its database or its configuration: only a file and
 * a key. What few commands need and takes long to load (mail, signatures, QR codes) is loaded by them.
 *
 * @param environment of the process, for keys and passwords
 */
export function bsccProgram(environment: Environment): BsccProgram {
  const { program, output } = newProgram(
    'bscc',
    'Opens .bscc backups without the service. The key comes from BACKUP_ENCRYPTION_KEY, BACKUP_ENCRYPTION_KEY_FILE, --key-file or a prompt. ' +
      'A file - is standard input, and s3://bucket/prefix/name an object. With --api <url> it asks a running service instead: bscc --api <url> --help.',
  );
  program.option('--key-file <path>', 'file with the key');
  let exitCode: number = EXIT.ok;
  const keyFile = (): string | undefined => program.opts<{ keyFile?: string }>().keyFile;
  const pgDumpBin = environment['BERKUT_BACKUP_PGDUMP_BIN'] ?? environment['BACKUP_PGDUMP_BIN'];
  const required = () => requiredRing(environment, keyFile());

  program
    .command('inspect <file>')
    .description('what the header tells without a key, and with one the manifest')
    .action(async (file: string) => inspect(file, ringOf(environment, keyFile()), output()));
  program
    .command('verify <file>')
    .description('reads every byte, compares every digest, and says where a file is broken')
    .action(async (file: string) => verify(file, await required(), output()));
  program
    .command('list <file>')
    .description('streams and tables with their sizes')
    .action(async (file: string) => list(file, await required(), output()));
  program
    .command('extract <file> [what]')
    .description(
      'writes one stream (schema, data/0, …, files), or sql: the statements of the whole backup; with --table the rows of one table',
    )
    .option(
      '--to <directory>',
      'writes a file there, and unpacks application files; else standard output gets the bytes',
    )
    .option('--table <name>', 'writes the rows of this table, schema.table, quoted as in SQL, instead of a stream')
    .addOption(
      new Option(
        '--format <format>',
        'of the rows of a table: copy (text of COPY), csv, or sql for psql; without it copy',
      ).choices(TABLE_FORMATS),
    )
    .option('--output <file>', 'writes the rows of a table into this new file')
    .action(async (file: string, what: string | undefined, options: ExtractOptions) => {
      const request = extractRequest(what, options);
      const keys = await required();
      await (request.kind === 'table'
        ? extractRows(file, { ...request, pgDumpBin }, keys, output())
        : extract(file, request.what, keys, { directory: request.directory, output: output(), pgDumpBin }));
    });
  program
    .command('restore <file>')
    .description('loads a backup into a new or empty database')
    .option('--to <url>', 'the database; without it BERKUT_RESTORE_URL. The password may be in PGPASSWORD')
    .option('--jobs <n>', 'connections at once for indexes and constraints', '2')
    .option('--no-owner', 'objects belong to the connecting role and no rights are granted')
    .option('--files-to <directory>', 'unpacks the application files into a directory that is not there')
    .option('--maintenance-db <name>', 'database from which a missing one is made', 'postgres')
    .option(
      '--allow-incomplete',
      'leaves out and names what the database refuses: indexes, constraints, views; never rows',
    )
    .action(
      async (
        file: string,
        options: {
          to?: string;
          jobs: string;
          owner: boolean;
          filesTo?: string;
          maintenanceDb: string;
          allowIncomplete?: boolean;
        },
      ) => {
        const to = options.to ?? environment['BERKUT_RESTORE_URL'] ?? '';
        const jobs = Number(options.jobs);
        if (to === '') throw new UsageError('no database: give --to or set BERKUT_RESTORE_URL');
        if (!Number.isInteger(jobs) || jobs < 1) throw new UsageError('--jobs is a whole number from 1');
        const out = output();
        if (options.to !== undefined && /^[^@/]*\/\/[^/@]*:[^/@]+@/.test(options.to)) {
          out.note('every local user can see the password in an argument; PGPASSWORD or BERKUT_RESTORE_URL hide it');
        }
        const keys = await required();
        await interruptible((signal) =>
          restore(
            file,
            keys,
            {
              to,
              jobs,
              surroundings: surroundingsOf(environment),
              keepsOwners: options.owner,
              filesTo: options.filesTo,
              maintenanceDatabase: options.maintenanceDb,
              allowsIncomplete: options.allowIncomplete === true,
              pgDumpBin,
              signal,
            },
            out,
          ),
        );
      },
    );

  program
    .command('keygen')
    .description('prints a new random key')
    .action(() => {
      const key = generateOperatorKey();
      output().result({ key }, [key]);
    });
  program
    .command('rekey <path>')
    .description(
      'seals a file, or every .bscc file of a directory, with the current key; the keys they are sealed with come from BERKUT_BACKUP_PREVIOUS_KEYS_FILE. In s3:// each gets a copy under a new name',
    )
    .option('--remove-old', 'in s3://: removes files that an earlier run has copied, once their copies are found whole')
    .action(async (path: string, { removeOld }: { removeOld?: boolean }) => {
      exitCode = await rekeyAll(path, await required(), { output: output(), removesOld: removeOld === true });
    });
  program
    .command('doctor')
    .description('checks configuration, tools, rights, space, clock, keys and both databases of the service')
    .option('--notify', 'also sends a notice that says it is a test')
    .action(async ({ notify }: { notify?: boolean }) => {
      const { doctor } = await import('./doctor/doctor.js');
      const isWell = await doctor(environment, { notifies: notify === true, output: output() });
      exitCode = isWell ? EXIT.ok : EXIT.problems;
    });
  withTokenOptions(program.command('token'))
    .description('prints a signed token for the API of this installation; where a provider issues tokens, it cannot')
    .action(async (options: Parameters<typeof tokenRequest>[0]) => {
      const { issueToken, roleWarning } = await import('./tokens/issue-token.js');
      const { token, unknownRoles } = await issueToken(tokenRequest(options), environment);
      const warning = roleWarning(unknownRoles);
      if (warning !== undefined) output().note(warning);
      output().result({ token }, [token]);
    });
  program
    .command('kit')
    .description('writes the emergency kit: one page to print, with the key as text and QR codes, and the way back')
    .option('--to <file>', 'path of the page', 'berkut-emergency-kit.html')
    .option('--backups <place>', 'where the backups are, in your words; may be repeated', collected, [])
    .option('--yes', 'writes the key without asking')
    .action(async ({ to, backups, yes }: { to: string; backups: string[]; yes?: boolean }) => {
      const { writeKit } = await import('./kit/kit-command.js');
      const storagePath = environment['BERKUT_BACKUP_PATH'];
      await writeKit(await required(), { to, backups, storagePath, isAgreed: yes === true }, output());
    });
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose completion it is').choices(SHELLS))
    .description('prints the completion of commands and options for a shell')
    .action((shell: Shell) => {
      const script = completionFor(shell, [program, apiProgram(environment).program]);
      process.stdout.write(script);
    });
  withHelp(program, EXAMPLES);
  return { program, output, exitCode: () => exitCode };
}

function collected(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
