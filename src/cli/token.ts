import '../start/require-node';
import { visible } from '../engine/bytes/visible-text';
import { CommanderError } from 'commander';
import { readEnvironment } from '../kernel/config/environment';
import { issueToken, roleWarning } from './tokens/issue-token';
import { parseTokenRequest } from './tokens/token-request';

// `npm run -s token -- --role backup_operator --name alice --ttl 1h`: prints a token and nothing else.
async function main(): Promise<void> {
  const { token, unknownRoles } = await issueToken(parseTokenRequest(process.argv.slice(2)), readEnvironment());
  const warning = roleWarning(unknownRoles);
  if (warning !== undefined) process.stderr.write(`token: ${visible(warning)}\n`);
  process.stdout.write(`${token}\n`);
}

main().catch((error: unknown) => {
  // Commander has said already what is wrong with the arguments.
  if (!(error instanceof CommanderError))
    process.stderr.write(`${visible(error instanceof Error ? error.message : 'failed')}\n`);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
});
