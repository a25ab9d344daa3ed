import { AppError } from '../kernel/errors/app-error';

/** How a sign-in at the provider can fail, as the page is told. */
export type SignInFailureCode =
  'auth.provider_refused' | 'auth.sign_in_expired' | 'auth.unauthorized' | 'auth.no_role' | 'auth.provider_unavailable';

/** A sign-in that ends without a session. The page gets the code; log and audit get the reason, too. */
export class SignInFailure extends AppError {
  /** @param reason one of a few words, never a value that came from outside */
  constructor(
    code: SignInFailureCode,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(code, { cause });
  }
}
