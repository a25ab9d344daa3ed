import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { sanitize } from '../errors/sanitize';
import { bearerOf } from './bearer';
import type { Caller } from '../request/caller';
import { contextOf } from '../request/request-context';
import { OneTimeCodes } from './one-time-codes';
import { sessionOf } from './session-cookies';
import { oneTimeCodeOf, TAKES_ONE_TIME_CODE } from './takes-one-time-code';
import { refusedToken } from './token-refusal';
import { TokenVerifier } from './token-verifier';

/**
 * Finds out who is calling, by a token in a header or in the session cookie, or by a one-time code, in memory and before anything asks a database.
 * A request without a caller goes on, because maintenance is reported first.
 */
@Injectable()
export class IdentifyGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly codes: OneTimeCodes,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const known = contextOf(request);
    try {
      const takesCode = this.reflector.get<boolean | undefined>(TAKES_ONE_TIME_CODE, context.getHandler()) === true;
      known.caller = await this.identify(request, takesCode ? oneTimeCodeOf(request.body) : undefined);
    } catch (thrown) {
      known.refusal = sanitize(thrown);
    }
    return true;
  }

  private async identify(request: Request, code: string | undefined): Promise<Caller> {
    const bearer = bearerOf(request);
    if (bearer !== undefined) return this.tokens.verify(bearer);
    if (code !== undefined) return this.tokens.verify(this.tokenOf(code));
    const session = sessionOf(request);
    if (session === undefined) throw new AppError('auth.unauthorized');
    const caller = await this.tokens.verify(session);
    contextOf(request).isBySession = true;
    return caller;
  }

  /** The code stays good until the session is made: maintenance may still refuse the request. */
  private tokenOf(code: string): string {
    const token = this.codes.tokenOf(code);
    if (token === undefined) throw refusedToken('one_time_code');
    return token;
  }
}
