import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, type ThrottlerStorage } from '@nestjs/throttler';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';

/** Tabs whose session has expired stop asking; this many come from somebody who is guessing. */
const FAILURES_A_MINUTE = 120;
const MINUTE_MS = 60_000;

/**
 * Limits how often one address may fail to say who it is. A caller with a valid token is never refused for what others at
 * his address do.
 */
@Injectable()
export class StrangerLimit {
  constructor(@InjectThrottlerStorage() private readonly storage: ThrottlerStorage) {}

  /**
   * @param authenticate finds out who is calling
   * @throws AppError `app.rate_limited` in place of `auth.unauthorized`
   */
  async limit<T>(request: Request, authenticate: () => Promise<T>): Promise<T> {
    try {
      return await authenticate();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'auth.unauthorized') throw error;
      const key = `stranger:${request.ip ?? 'unknown'}`;
      const { isBlocked } = await this.storage.increment(key, MINUTE_MS, FAILURES_A_MINUTE, MINUTE_MS, 'strangers');
      throw isBlocked ? new AppError('app.rate_limited', { cause: error }) : error;
    }
  }
}
