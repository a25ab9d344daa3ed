/** A request that asks to slow down is repeated after pauses that are so many times as long. */
const SLOWER = 5;
const LONGEST_PAUSE_MS = 20_000;

/** What the SDK knows of a request so far: how often it was repeated, and how long to wait before the next try. */
interface Token {
  getRetryCount(): number;
  getRetryDelay(): number;
}

/** What the SDK says of a failure. */
interface Failure {
  readonly errorType: string;
  /** What the server has asked for. */
  readonly retryAfterHint?: Date;
}

/**
 * Repeats each request so many times, whatever becomes of others. The SDK's own strategy has an account for all requests of a client: a
 * few parts that fail together use it up, and then each failure is the last.
 */
export class S3Retries {
  /** @param pauseMs before the first repetition, at most; it doubles with each */
  constructor(
    private readonly attempts: number,
    private readonly pauseMs: number,
  ) {}

  acquireInitialRetryToken(): Promise<Token> {
    return Promise.resolve(tokenOf(0, 0));
  }

  /** @throws Error when the request is not repeated; the SDK then throws what it failed with */
  refreshRetryTokenForRetry(token: Token, { errorType, retryAfterHint }: Failure): Promise<Token> {
    const count = token.getRetryCount() + 1;
    const isSlow = errorType === 'THROTTLING';
    if ((!isSlow && errorType !== 'TRANSIENT') || count >= this.attempts)
      return Promise.reject(new Error('the request is not repeated'));
    const longestMs = Math.min(this.pauseMs * 2 ** (count - 1) * (isSlow ? SLOWER : 1), LONGEST_PAUSE_MS);
    const askedMs = Math.min((retryAfterHint?.getTime() ?? 0) - Date.now(), LONGEST_PAUSE_MS);
    // By chance, so that requests that failed together do not come again together.
    const pauseMs = longestMs * (0.5 + Math.random() / 2);
    return Promise.resolve(tokenOf(count, Math.max(pauseMs, askedMs)));
  }

  recordSuccess(): void {
    // Nothing is counted beyond a request.
  }
}

function tokenOf(count: number, pauseMs: number): Token {
  return { getRetryCount: () => count, getRetryDelay: () => pauseMs };
}
