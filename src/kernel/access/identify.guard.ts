import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { sanitize } from '../errors/sanitize';
import { bearerOf } from './bearer';
import type { Caller } from '../request/caller';
import { contextOf } from '../request/request-context';
import { sessionOf } from './session-cookies';
import { TokenVerifier } from './token-verifier';

/**
 * Finds out who is calling, by a token in a header or in the session cookie, in memory and before anything asks a database.
 * A request without a caller goes on, because maintenance is reported first.
 */
@Injectable()
export class IdentifyGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const known = contextOf(request);
    try {
      known.caller = await this.identify(request);
    } catch (thrown) {
      known.refusal = sanitize(thrown);
    }
    return true;
  }

  private async identify(request: Request): Promise<Caller> {
    const token = bearerOf(request) ?? sessionOf(request);
    if (token === undefined) throw new AppError('auth.unauthorized');
    return this.tokens.verify(token);
  }
}
