import { ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { Request } from 'express';
import { callerOf } from '../access/caller';
import { AppError } from '../errors/app-error';

/** Limits how often one caller, or one address without a caller, may ask. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override getTracker(request: Record<string, unknown>): Promise<string> {
    const { ip } = request as unknown as Request;
    return Promise.resolve(callerOf(request as unknown as Request)?.id ?? ip ?? 'unknown');
  }

  protected override throwThrottlingException(_context: ExecutionContext): Promise<void> {
    throw new AppError('app.rate_limited');
  }
}
