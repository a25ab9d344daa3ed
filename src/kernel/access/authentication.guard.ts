import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { callerOf } from '../request/caller';
import { refusalOf } from './refusal';
import { StrangerLimit } from './stranger-limit';

/** Lets in callers who have shown a valid token, and counts the others. What callers may do is for the next guards. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(private readonly strangers: StrangerLimit) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (callerOf(request) !== undefined) return true;
    const refusal = refusalOf(request) ?? new AppError('auth.unauthorized');
    if (refusal.code === 'auth.unauthorized') {
      this.strangers.count(request, `${context.getClass().name}.${context.getHandler().name}`, refusal);
    }
    throw refusal;
  }
}
