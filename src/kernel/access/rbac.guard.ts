import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AppConfig } from '../config/config';
import { AppError } from '../errors/app-error';
import { PERMISSION } from './access.decorator';
import { type Caller, rememberCaller } from './caller';
import { AUTHENTICATED, type RouteAccess } from './permissions';
import { cookieOf, csrfKey, isCsrfTokenOf, SESSION_COOKIE } from './session-cookies';
import { StrangerLimit } from './stranger-limit';
import { TokenVerifier } from './token-verifier';

/** Methods that change nothing, and so cannot be abused by a page of somebody else. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets in whoever presents a valid token, in a header or in the session cookie, and holds the route's permission. A route
 * that declares none lets nobody in. Callers with a cookie must show that they can read the other one.
 */
@Injectable()
export class RbacGuard implements CanActivate {
  private readonly csrfKey: Uint8Array;

  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly strangers: StrangerLimit,
    config: AppConfig,
  ) {
    this.csrfKey = csrfKey(config.auditSigningKey);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const bearer = bearerOf(request);
    const session = cookieOf(request, SESSION_COOKIE);
    const caller = await this.strangers.limit(request, () => this.callerWith(bearer ?? session));
    rememberCaller(request, caller);
    if (bearer === undefined) this.checkCsrf(request, session ?? '');
    const needed = this.reflector.getAllAndOverride<RouteAccess | undefined>(PERMISSION, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needed === AUTHENTICATED) return true;
    if (needed === undefined || !caller.permissions.has(needed)) throw new AppError('backups.forbidden');
    return true;
  }

  private async callerWith(token: string | undefined): Promise<Caller> {
    if (token === undefined) throw new AppError('auth.unauthorized');
    return this.tokens.verify(token);
  }

  private checkCsrf(request: Request, session: string): void {
    if (SAFE.has(request.method)) return;
    const given = request.headers['x-csrf-token'];
    if (!isCsrfTokenOf(session, typeof given === 'string' ? given : undefined, this.csrfKey)) {
      throw new AppError('auth.csrf_invalid');
    }
  }
}

/** The token of an `Authorization` header; anything else in it counts as none. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
