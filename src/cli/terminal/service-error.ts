/** What the service has refused, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    /** From the service's error table, or `http_<status>` when something before it has answered. */
    readonly code: string,
    message: string,
    readonly details: object | undefined,
  ) {
    super(message);
  }
}

/** The service cannot be reached: nothing is known of what became of a request. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}
