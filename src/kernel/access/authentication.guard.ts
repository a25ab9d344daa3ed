import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { sanitize } from '../errors/sanitize';
import { PUBLIC, type RouteAccess } from '../request/permissions';
import { contextOf } from '../request/request-context';
import { PERMISSION } from './access.decorator';
import { StrangerLimit } from './stranger-limit';

/**
 * Lets in callers who have shown a valid token, and everyone to public routes. Requests without a caller are counted. What
 * callers may do is for the next guards.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly strangers: StrangerLimit,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const known = contextOf(request);
    if (known.caller !== undefined) return true;
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    if (this.reflector.get<RouteAccess | undefined>(PERMISSION, context.getHandler()) === PUBLIC) {
      this.strangers.count(request, route);
      return true;
    }
    const refusal = sanitize(known.refusal ?? new AppError('auth.unauthorized'));
    if (refusal.code === 'auth.unauthorized') {
      this.strangers.count(request, route, refusal);
    }
    throw refusal;
  }
}
