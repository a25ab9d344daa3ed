import { Injectable, Logger } from '@nestjs/common';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client';
import { Clock } from '../kernel/clock/clock';
import { MINUTE_MS } from '../kernel/clock/durations';
import type { SignInConfig } from '../kernel/config/config';
import { reasonOf } from '../kernel/logging/loggable';
import { SignInFailure } from './sign-in-failure';

/** Of one request to the provider: a person waits for it before a white page. */
const TIMEOUT_SECONDS = 2;
/** Not longer, so that no browser is sent to a provider that has been away for a while. */
const FRESH_FOR_MS = MINUTE_MS;

/** What the provider says of itself: where people sign in, and where tokens and keys are. */
@Injectable()
export class OpenIdProvider {
  private readonly logger = new Logger('SignIn');
  private known: { readonly configuration: Configuration; readonly untilMs: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** @throws SignInFailure `auth.provider_unavailable` when the provider does not answer */
  async configuration(signIn: SignInConfig): Promise<Configuration> {
    const nowMs = this.clock.now().getTime();
    if (this.known !== undefined && nowMs < this.known.untilMs) return this.known.configuration;
    try {
      const configuration = await discover(signIn);
      this.known = { configuration, untilMs: nowMs + FRESH_FOR_MS };
      return configuration;
    } catch (error) {
      const what = { reason: reasonOf(error), issuer: signIn.issuer };
      this.logger.warn(what, 'the provider of BERKUT_AUTH_ISSUER does not say where people sign in');
      throw new SignInFailure('auth.provider_unavailable', 'discovery', error);
    }
  }
}

async function discover({ issuer, clientId, clientSecret }: SignInConfig): Promise<Configuration> {
  // An issuer without TLS is one on this machine, or a choice of the operator.
  const execute = [...(issuer.startsWith('http:') ? [allowInsecureRequests] : []), enableNonRepudiationChecks];
  const authentication = clientSecret === undefined ? None() : withSecret(clientSecret);
  return discovery(new URL(issuer), clientId, undefined, authentication, { timeout: TIMEOUT_SECONDS, execute });
}

/** In the header, as OpenID Connect has it unless a client says otherwise, or in the body if the provider takes no other. */
function withSecret(secret: string): ClientAuth {
  const [inHeader, inBody] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const takesHeader = server.token_endpoint_auth_methods_supported?.includes('client_secret_basic') !== false;
    (takesHeader ? inHeader : inBody)(server, client, body, headers);
  };
}
