import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { PERMISSION } from './access.decorator';
import { rememberCaller } from './caller';
import type { Permission } from './permissions';
import { TokenVerifier } from './token-verifier';

/** Lets in whoever presents a valid token and holds the route's permission. A route that declares none lets nobody in. */
@Injectable()
export class RbacGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const token = bearerOf(request);
    if (token === undefined) throw new AppError('auth.unauthorized');
    const caller = await this.tokens.verify(token);
    rememberCaller(request, caller);
    const needed = this.reflector.getAllAndOverride<Permission | undefined>(PERMISSION, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needed === undefined || !caller.permissions.has(needed)) throw new AppError('backups.forbidden');
    return true;
  }
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
