import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { type Caller, rememberCaller } from './caller';
import { cookieOf, SESSION_COOKIE } from './session-cookies';
import { StrangerLimit } from './stranger-limit';
import { TokenVerifier } from './token-verifier';

/** Lets in whoever presents a valid token, in a header or in the session cookie. What he may do is for the next guards. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly strangers: StrangerLimit,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const token = bearerOf(request) ?? cookieOf(request, SESSION_COOKIE);
    rememberCaller(request, await this.strangers.limit(request, () => this.callerWith(token)));
    return true;
  }

  private async callerWith(token: string | undefined): Promise<Caller> {
    if (token === undefined) throw new AppError('auth.unauthorized');
    return this.tokens.verify(token);
  }
}

/** The token of an `Authorization` header; anything else in it counts as none. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
