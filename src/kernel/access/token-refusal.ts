import { errors } from 'jose';
import { AppError } from '../errors/app-error';

/** What a token has failed, in the order in which it is looked at. For log and audit; a caller learns nothing of it. */
export type TokenCheck =
  | 'cookies'
  | 'one_time_code'
  | 'length'
  | 'format'
  | 'header'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'exp'
  | 'nbf'
  | 'iat'
  | 'iss'
  | 'aud'
  | 'sub'
  | 'lifetime'
  | 'name'
  | 'roles'
  | 'claims';

const CLAIMS: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'iss', 'aud', 'sub', 'name', 'roles']);

/** A token that is not good, and why. It never holds the token or a value of it. */
class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  constructor(
    readonly check: TokenCheck,
    cause?: unknown,
  ) {
    super(`the token fails the check of its ${check}`, { cause });
  }
}

/** What the caller gets for a token that fails a check. */
export function refusedToken(check: TokenCheck, cause?: unknown): AppError {
  return new AppError('auth.unauthorized', { cause: new TokenRefusal(check, cause) });
}

/** The check that a caller's token has failed; `undefined` when there was no token. */
export function failedCheck(error: AppError): TokenCheck | undefined {
  if (error.cause instanceof AppError) return failedCheck(error.cause);
  return error.cause instanceof TokenRefusal ? error.cause.check : undefined;
}

/** The check of a claim. */
export function checkOfClaim(name: string): TokenCheck {
  return isClaim(name) ? name : 'claims';
}

/** The check that an error of the verification stands for; what the library has no name for is about the key. */
export function checkOf(error: unknown): TokenCheck {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
    return checkOfClaim(error.claim);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JOSENotSupported) return 'header';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'format';
  return 'key';
}

function isClaim(name: string): name is 'exp' | 'nbf' | 'iat' | 'iss' | 'aud' | 'sub' | 'name' | 'roles' {
  return CLAIMS.has(name);
}
