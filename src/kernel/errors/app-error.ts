import { type ErrorCode, ERRORS } from './error-table';

/** Values that may be shown to a caller with an error. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error with a code of the table. `cause` goes to the log, `details` to the caller. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly details: ErrorDetails | undefined;
  /** The code's own, unless one of its cases has a better one. */
  readonly i18nKey: string;

  constructor(
    readonly code: ErrorCode,
    options: { cause?: unknown; details?: ErrorDetails | undefined; i18nKey?: string } = {},
  ) {
    super(ERRORS[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details;
    this.i18nKey = options.i18nKey ?? ERRORS[code].i18nKey;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
