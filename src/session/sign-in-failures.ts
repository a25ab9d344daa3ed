import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { SignInFailure } from './sign-in-failure';

/** Errors that a provider may answer with (RFC 6749, OpenID Connect). Others are told as `other`: the browser could have made them up. */
const KNOWN: ReadonlySet<string> = new Set([
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
]);
const AWAY: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/** What the library calls an answer that never came, or is none. */
const NO_ANSWER: ReadonlySet<string | undefined> = new Set([
  undefined,
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);

/** What has failed, when the provider or its answer has: refused, away, or an answer that is not to be believed. */
export function failureOf(error: unknown): SignInFailure {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const reason = KNOWN.has(error.error) ? error.error : 'other';
    return new SignInFailure(AWAY.has(reason) ? 'auth.provider_unavailable' : 'auth.provider_refused', reason, error);
  }
  if (!(error instanceof ClientError) || NO_ANSWER.has(error.code)) {
    return new SignInFailure('auth.provider_unavailable', 'no_answer', error);
  }
  return new SignInFailure('auth.unauthorized', error.code?.replace(/^OAUTH_/, '').toLowerCase() ?? 'other', error);
}
