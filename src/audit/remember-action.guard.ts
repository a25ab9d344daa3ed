import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { AuditAction } from './audit-action';
import { AUDITED } from './audited';
import { rememberAction } from './request-action';

/** The first guard: lets everything pass, and notes which action it is, for the record of whatever refuses it later. */
@Injectable()
export class RememberActionGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const action = this.reflector.getAllAndOverride<AuditAction | undefined>(AUDITED, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (action !== undefined) rememberAction(context.switchToHttp().getRequest<Request>(), action);
    return true;
  }
}
