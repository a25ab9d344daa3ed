import type { KeyObject } from 'node:crypto';
import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AppConfig } from '../config/config';
import { AppError } from '../errors/app-error';
import { PERMISSION } from './access.decorator';
import { AUTHENTICATED, PUBLIC, type RouteAccess } from '../request/permissions';
import { contextOf } from '../request/request-context';
import { csrfKey, isCsrfTokenOf, sessionOf } from './session-cookies';

/** Methods that change nothing. A page of another site cannot abuse them. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets callers through who hold the route's permission. A route that declares no permission refuses every caller. Callers
 * with a session cookie must show that they can read the other cookie.
 */
@Injectable()
export class RbacGuard implements CanActivate {
  private readonly csrfKey: KeyObject;

  constructor(
    private readonly reflector: Reflector,
    config: AppConfig,
  ) {
    this.csrfKey = csrfKey(config.auditSigningKey);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const needed = this.reflector.getAllAndOverride<RouteAccess | undefined>(PERMISSION, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needed === PUBLIC) return true;
    const { caller, isBySession } = contextOf(request);
    if (caller === undefined) throw new AppError('auth.unauthorized');
    if (isBySession) this.checkCsrf(request, sessionOf(request) ?? '');
    if (needed === AUTHENTICATED) return true;
    if (needed === undefined || !caller.permissions.has(needed)) throw new AppError('backups.forbidden');
    return true;
  }

  private checkCsrf(request: Request, session: string): void {
    if (SAFE.has(request.method)) return;
    const given = request.headers['x-csrf-token'];
    if (!isCsrfTokenOf(session, typeof given === 'string' ? given : undefined, this.csrfKey)) {
      throw new AppError('auth.csrf_invalid');
    }
  }
}
