import { ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { Request } from 'express';
import { contextOf } from '../request/request-context';
import { AppError } from '../errors/app-error';

/** Limits how often one caller may send requests, over all routes together. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  /** Requests without a caller come this far on public routes alone, and have been counted by address. */
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(contextOf(context.switchToHttp().getRequest<Request>()).caller === undefined);
  }

  protected override getTracker(request: Record<string, unknown>): Promise<string> {
    return Promise.resolve(contextOf(request as unknown as Request).caller?.id ?? 'unknown');
  }

  /** One count for all routes: by default each would have its own. */
  protected override generateKey(_context: ExecutionContext, tracker: string, name: string): string {
    return `${name}:${tracker}`;
  }

  protected override throwThrottlingException(_context: ExecutionContext): Promise<void> {
    throw new AppError('app.rate_limited');
  }
}
