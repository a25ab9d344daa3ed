import { CommanderError } from 'commander';
import { DEVELOPMENT_DIRECTORY, developmentSecrets } from '../embedded/development';
import { fillIn } from '../embedded/fill-in';
import { parseConfig } from '../kernel/config/parse-config';
import { readEnvironment } from '../kernel/config/environment';
import { signToken } from './sign-token';
import { parseTokenRequest } from './token-request';

// `npm run -s token -- --role backup_operator --name alice --ttl 1h`: prints a token and nothing else.
async function main(): Promise<void> {
  const request = parseTokenRequest(process.argv.slice(2));
  let environment = readEnvironment();
  if ((environment['APP_ENV'] ?? 'dev') === 'dev') {
    // The embedded server is not started for this, and its address is not looked at.
    const secrets = await developmentSecrets(DEVELOPMENT_DIRECTORY);
    environment = fillIn(environment, { ...secrets, BERKUT_DB_URL: 'postgres://scc@127.0.0.1/scc' });
  }
  const { auth } = parseConfig(environment);
  if (auth.kind !== 'secret') throw new Error('tokens are issued by the provider behind BERKUT_AUTH_JWKS_URL');
  process.stdout.write(`${await signToken(request, auth, new Date())}\n`);
}

main().catch((error: unknown) => {
  // Commander has said already what is wrong with the arguments.
  if (!(error instanceof CommanderError))
    process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
});
