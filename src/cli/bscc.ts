import { Command, CommanderError } from 'commander';
import { ContainerError } from '../engine/container/container-error';
import { readEnvironment } from '../kernel/config/environment';
import { extract, inspect, list, restore, verify } from './container-commands';
import { generateOperatorKey } from '../engine/container/operator-key';
import { rekey } from './rekey';
import { ring } from './key-source';

// Opens containers without the service, its database or its configuration: only a file and a key.
const program = new Command('bscc')
  .description(
    'Opens .bscc backups without the service. The key comes from BACKUP_ENCRYPTION_KEY or BACKUP_ENCRYPTION_KEY_FILE.',
  )
  .exitOverride();

program
  .command('inspect <file>')
  .description('what the header tells without a key, and with one the manifest')
  .action(async (file: string) => inspect(file, ring(readEnvironment())));
program
  .command('verify <file>')
  .description('reads every byte and compares every digest')
  .action(async (file: string) => verify(file, required()));
program
  .command('list <file>')
  .description('streams and tables with their sizes')
  .action(async (file: string) => list(file, required()));
program
  .command('extract <file> <stream>')
  .description('writes one stream to standard output: schema, data/0, …, files')
  .action(async (file: string, stream: string) => extract(file, stream, required()));
program
  .command('restore <file>')
  .description('loads a backup into an empty database; its URL comes from BERKUT_RESTORE_URL, never from an argument')
  .option('--jobs <n>', 'connections at once', '2')
  .option('--no-owner', 'objects belong to the connecting role and nobody is granted anything')
  .action(async (file: string, options: { jobs: string; owner: boolean }) =>
    restore(file, required(), readEnvironment()['BERKUT_RESTORE_URL'], {
      jobs: Number(options.jobs),
      keepsOwners: options.owner,
    }),
  );

program
  .command('keygen')
  .description('prints a new random key')
  .action(() => {
    process.stdout.write(`${generateOperatorKey()}\n`);
  });
program
  .command('rekey <path>')
  .description(
    'seals a file, or every .bscc file of a directory, with the current key; the keys they are sealed with come from BERKUT_BACKUP_PREVIOUS_KEYS_FILE',
  )
  .action(async (path: string) => {
    for await (const one of rekey(path, required())) {
      process.stdout.write(`${JSON.stringify(one)}\n`);
      if (one.result === 'failed') process.exitCode = 1;
    }
  });

function required() {
  const keys = ring(readEnvironment());
  if (keys === undefined) throw new Error('no key: set BACKUP_ENCRYPTION_KEY or BACKUP_ENCRYPTION_KEY_FILE');
  return keys;
}

program.parseAsync().catch((error: unknown) => {
  // Commander has said already what is wrong with the arguments.
  if (!(error instanceof CommanderError)) {
    const fault = error instanceof ContainerError ? `${error.fault}: ` : '';
    process.stderr.write(`bscc: ${fault}${error instanceof Error ? error.message : 'failed'}\n`);
  }
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
});
