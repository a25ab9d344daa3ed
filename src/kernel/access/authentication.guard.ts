import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { sanitize } from '../errors/sanitize';
import { contextOf } from '../request/request-context';
import { StrangerLimit } from './stranger-limit';

/** Lets in callers who have shown a valid token, and counts the others. What callers may do is for the next guards. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(private readonly strangers: StrangerLimit) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const known = contextOf(request);
    if (known.caller !== undefined) return true;
    const refusal = sanitize(known.refusal ?? new AppError('auth.unauthorized'));
    if (refusal.code === 'auth.unauthorized') {
      this.strangers.count(request, `${context.getClass().name}.${context.getHandler().name}`, refusal);
    }
    throw refusal;
  }
}
