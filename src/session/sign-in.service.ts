import { Injectable, Logger } from '@nestjs/common';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { present } from '../engine/optional/present';
import { failedCheck } from '../kernel/access/token-refusal';
import { TokenVerifier } from '../kernel/access/token-verifier';
import { AppConfig, type SignInConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { sanitize } from '../kernel/errors/sanitize';
import type { Caller } from '../kernel/request/caller';
import { BrowserSessions } from './browser-sessions';
import type { Flow } from './flow-cookie';
import { OpenIdProvider } from './open-id-provider';
import { SignInFailure } from './sign-in-failure';
import { failureOf } from './sign-in-failures';

const CALLBACK = 'api/auth/callback';
const END_SESSION = 'api/auth/end-session';

/** What an operator can do about a token that the provider gives and the service refuses, by what is wrong with it. */
const HINTS: Readonly<Record<string, string>> = {
  opaque:
    'the provider gives access tokens that are not JWTs: set BERKUT_AUTH_AUDIENCE to the name of an API that the provider knows, or BERKUT_AUTH_SCOPES to a scope of that API',
  aud: 'the access token is for another audience than BERKUT_AUTH_AUDIENCE: have the provider add it for this client',
  iss: 'the access token has another issuer than BERKUT_AUTH_ISSUER',
  roles: 'the claim "roles" of the access token is not a list of names',
  too_long:
    'the access token is longer than 4000 characters, which no browser keeps: have the provider put less into it',
};

/** Someone who has signed in. */
export interface SignedIn {
  readonly caller: Caller;
  readonly token: string;
  /** Says to the provider whose session ends. */
  readonly idToken: string | undefined;
}

/** Sign-in with OpenID Connect: authorization code with PKCE. What comes of it is a token as callers show it. */
@Injectable()
export class SignIn {
  private readonly logger = new Logger(SignIn.name);

  constructor(
    private readonly config: AppConfig,
    private readonly provider: OpenIdProvider,
    private readonly tokens: TokenVerifier,
    private readonly sessions: BrowserSessions,
  ) {}

  get isConfigured(): boolean {
    return this.config.signIn !== undefined;
  }

  /**
   * @param prompt `login` asks for the password even if the provider knows the person
   * @returns where the browser goes, and what has to be remembered until it comes back
   */
  async begin(returnTo: string, prompt?: 'login'): Promise<{ url: string; flow: Flow }> {
    const signIn = this.required();
    const configuration = await this.provider.configuration(signIn);
    const flow = { state: randomState(), nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier(), returnTo };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: `${signIn.publicUrl}${CALLBACK}`,
      scope: signIn.scopes,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await calculatePKCECodeChallenge(flow.codeVerifier),
      code_challenge_method: 'S256',
      ...audienceOf(signIn),
      ...present({ prompt }),
    });
    return { url: url.href, flow };
  }

  /**
   * @param query of the address to which the provider has sent the browser back
   * @throws SignInFailure when it begins no session
   */
  async finish(query: string, flow: Flow | undefined): Promise<SignedIn> {
    const signIn = this.required();
    if (flow === undefined) throw new SignInFailure('auth.sign_in_expired', 'no_cookie');
    const url = new URL(`${signIn.publicUrl}${CALLBACK}${query}`);
    if (url.searchParams.get('state') !== flow.state) throw new SignInFailure('auth.sign_in_expired', 'state');
    const configuration = await this.provider.configuration(signIn);
    const checks = { expectedState: flow.state, expectedNonce: flow.nonce, pkceCodeVerifier: flow.codeVerifier };
    const granted = await authorizationCodeGrant(configuration, url, checks, audienceOf(signIn)).catch(
      (error: unknown) => {
        throw failureOf(error);
      },
    );
    const { access_token: token, id_token: idToken } = granted;
    return { token, idToken, caller: await this.callerOf(token) };
  }

  /** Where a browser goes to end its session at the provider, if the provider has such a place and answers. */
  async endSessionUrl(): Promise<string | undefined> {
    const { signIn } = this.config;
    if (signIn === undefined || (await this.endAtProviderUrl()) === undefined) return undefined;
    return `${signIn.publicUrl}${END_SESSION}`;
  }

  /**
   * @param idToken of the session; without it the provider may ask whether the person means it
   * @returns the provider's own address for it, which leads back to the page; `undefined` where there is none
   */
  async endAtProviderUrl(idToken?: string): Promise<string | undefined> {
    const signIn = this.required();
    const configuration = await this.provider.configuration(signIn).catch(() => undefined);
    if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined;
    const hint = present({ id_token_hint: idToken });
    return buildEndSessionUrl(configuration, { post_logout_redirect_uri: signIn.publicUrl, ...hint }).href;
  }

  private async callerOf(token: string): Promise<Caller> {
    if (token.split('.').length !== 3) throw this.refused('opaque');
    if (!this.sessions.fits(token)) throw this.refused('too_long');
    const caller = await this.tokens.verify(token).catch((thrown: unknown) => {
      const error = sanitize(thrown);
      if (error.code === 'auth.unauthorized') throw this.refused(failedCheck(error) ?? 'token', error);
      throw new SignInFailure('auth.provider_unavailable', 'keys', error);
    });
    return caller;
  }

  /** A person has signed in and yet cannot come in: only the operator can change that. */
  private refused(reason: string, cause?: unknown): SignInFailure {
    const hint = HINTS[reason];
    this.logger.warn(present({ check: reason, hint }), 'the access token of a person who has signed in was refused');
    return new SignInFailure('auth.unauthorized', reason, cause);
  }

  private required(): SignInConfig {
    const { signIn } = this.config;
    if (signIn === undefined) throw new AppError('backups.not_found');
    return signIn;
  }
}

/**
 * Asks for an access token for this service: `audience` is read by Auth0 and its like and ignored by others, `resource` is of
 * RFC 8707, which wants an address or a URN. Entra ID refuses `resource` and takes a scope.
 */
function audienceOf({ audience }: SignInConfig): Record<string, string> {
  if (audience === undefined) return {};
  return { audience, ...(/^(?:https?:\/\/|urn:)/.test(audience) ? { resource: audience } : {}) };
}
