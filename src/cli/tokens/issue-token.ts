import { DEVELOPMENT_DIRECTORY, developmentSecrets } from '../../embedded/development';
import { fillIn } from '../../embedded/fill-in';
import type { Environment } from '../../kernel/config/environment';
import { parseConfig } from '../../kernel/config/parse-config';
import { signToken } from './sign-token';
import type { TokenRequest } from './token-request';

/** A signed token, and what is odd about it. */
interface IssuedToken {
  readonly token: string;
  /** Roles that this installation does not know: they give no permission. */
  readonly unknownRoles: readonly string[];
}

/**
 * Signs a token with the secret of the installation; in development with the secret of the trial, which is made when missing.
 *
 * @param environment the service's own
 * @throws ConfigError, or Error when a provider issues the tokens
 */
export async function issueToken(request: TokenRequest, environment: Environment): Promise<IssuedToken> {
  let variables = environment;
  if ((environment['APP_ENV'] ?? 'dev') === 'dev') {
    // The embedded server is not started for this, and its address is not looked at.
    const secrets = await developmentSecrets(DEVELOPMENT_DIRECTORY);
    variables = fillIn(environment, { ...secrets, BERKUT_DB_URL: 'postgres://scc@127.0.0.1/scc' });
  }
  const { auth, roles } = parseConfig(variables);
  if (auth.kind !== 'secret') throw new Error('tokens are issued by the provider behind BERKUT_AUTH_JWKS_URL');
  return {
    token: await signToken(request, auth, new Date()),
    unknownRoles: request.roles.filter((role) => !roles.has(role)),
  };
}

/** What to say of roles that give no permission; `undefined` when all are known. */
export function roleWarning(unknownRoles: readonly string[]): string | undefined {
  if (unknownRoles.length === 0) return undefined;
  return `this installation gives no permission to ${unknownRoles.join(', ')}`;
}
