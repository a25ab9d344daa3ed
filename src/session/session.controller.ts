import { Controller, Delete, Get, HttpStatus, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { CookieOptions, Request, Response } from 'express';
import { decodeJwt } from 'jose';
import { Audited } from '../audit/audited';
import { Access } from '../kernel/access/access.decorator';
import { bearerOf } from '../kernel/access/bearer';
import type { Caller } from '../kernel/request/caller';
import { CurrentCaller } from '../kernel/access/current-caller';
import { AUTHENTICATED } from '../kernel/request/permissions';
import {
  cookiesOf,
  CSRF_COOKIE,
  csrfKey,
  csrfTokenFor,
  HOST_SESSION_COOKIE,
  SESSION_COOKIE,
  SESSION_COOKIES,
  sessionOf,
} from '../kernel/access/session-cookies';
import { AppConfig } from '../kernel/config/config';
import { AppError } from '../kernel/errors/app-error';
import { isOverTls } from '../kernel/http/forwarded-protocol';
import { MeDto, SessionEndedDto } from './session.dto';

/** Puts a token into cookies, for a page: a download is a plain navigation, which can carry no header. */
@ApiTags('Session')
@Controller('auth')
export class SessionController {
  private readonly csrfKey: Uint8Array;

  constructor(config: AppConfig) {
    this.csrfKey = csrfKey(config.auditSigningKey);
  }

  @Post('session')
  @Audited('auth.session.create')
  @Access(AUTHENTICATED, {
    summary: 'Begin a session with cookies',
    description:
      'Takes a bearer token and sets `berkut_session` (HttpOnly; over TLS `__Host-berkut_session`) and `berkut_csrf`, which a page echoes in `X-CSRF-Token`.',
    status: HttpStatus.CREATED,
    response: MeDto,
  })
  create(
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): MeDto {
    const token = bearerOf(request);
    if (token === undefined) throw new AppError('auth.unauthorized');
    const options = cookieOptions(request, token);
    const name = options.secure === true ? HOST_SESSION_COOKIE : SESSION_COOKIE;
    clearSession(request, response, name);
    response.cookie(name, token, { ...options, httpOnly: true });
    response.cookie(CSRF_COOKIE, csrfTokenFor(token, this.csrfKey), options);
    return MeDto.from(caller, csrfTokenFor(token, this.csrfKey));
  }

  @Delete('session')
  @Audited('auth.session.delete')
  @Access(AUTHENTICATED, { summary: 'End the session', response: SessionEndedDto })
  remove(@Req() request: Request, @Res({ passthrough: true }) response: Response): SessionEndedDto {
    clearSession(request, response);
    response.clearCookie(CSRF_COOKIE, { path: '/' });
    return { ok: true };
  }

  @Get('me')
  @Audited('auth.session.read')
  @Access(AUTHENTICATED, { summary: 'Show who is calling', response: MeDto })
  me(@CurrentCaller() caller: Caller, @Req() request: Request): MeDto {
    const session = bearerOf(request) ?? sessionOf(request) ?? '';
    return MeDto.from(caller, csrfTokenFor(session, this.csrfKey));
  }
}

/** Cookies live as long as the token, and go back only to us. */
function cookieOptions(request: Request, token: string): CookieOptions {
  const { exp = 0 } = decodeJwt(token);
  return { path: '/', sameSite: 'strict', secure: isOverTls(request), expires: new Date(exp * 1000) };
}

/** Takes back every session cookie that the browser has sent, but for the one that is about to be set: two are refused. */
function clearSession(request: Request, response: Response, kept?: string): void {
  for (const name of SESSION_COOKIES) {
    if (name === kept || cookiesOf(request, name).length === 0) continue;
    response.clearCookie(name, { path: '/', secure: name === HOST_SESSION_COOKIE });
  }
}
