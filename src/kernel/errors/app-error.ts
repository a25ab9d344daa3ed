import { type ErrorCode, ERRORS } from './error-table';

/** Values that may be shown to a caller with an error. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error with a code of the table. `cause` goes to the log, `details` to the caller. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly details: ErrorDetails | undefined;

  constructor(
    readonly code: ErrorCode,
    options: { cause?: unknown; details?: ErrorDetails } = {},
  ) {
    super(ERRORS[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
