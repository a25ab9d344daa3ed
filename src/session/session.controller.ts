import { Body, Controller, Delete, Get, HttpStatus, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { present } from '../engine/optional/present';
import { Audited } from '../audit/audited';
import { Access } from '../kernel/access/access.decorator';
import { bearerOf } from '../kernel/access/bearer';
import { CurrentCaller } from '../kernel/access/current-caller';
import { OneTimeCodes } from '../kernel/access/one-time-codes';
import { sessionOf } from '../kernel/access/session-cookies';
import { TakesOneTimeCode } from '../kernel/access/takes-one-time-code';
import { AppError } from '../kernel/errors/app-error';
import type { Caller } from '../kernel/request/caller';
import { AUTHENTICATED } from '../kernel/request/permissions';
import { contextOf } from '../kernel/request/request-context';
import { AllowedInMaintenance } from '../maintenance/allowed-in-maintenance';
import { BrowserSessions, expiryOf } from './browser-sessions';
import { SignIn } from './sign-in.service';
import { BeginSessionDto, MeDto, SessionEndedDto } from './session.dto';

/** Puts a token into cookies, for a page: a download is a plain navigation, which can carry no header. */
@ApiTags('Session')
@Controller('auth')
export class SessionController {
  constructor(
    private readonly sessions: BrowserSessions,
    private readonly codes: OneTimeCodes,
    private readonly signIn: SignIn,
  ) {}

  @Post('session')
  @AllowedInMaintenance()
  @TakesOneTimeCode()
  @ApiBody({ type: BeginSessionDto, required: false })
  @Audited('auth.session.create')
  @Access(AUTHENTICATED, {
    summary: 'Begin a session with cookies',
    description:
      'Takes a bearer token, or the one-time code that a trial prints, and sets `berkut_session` (HttpOnly; over TLS `__Host-berkut_session`) and `berkut_csrf`, which a page echoes in `X-CSRF-Token`.',
    status: HttpStatus.CREATED,
    response: MeDto,
  })
  create(
    @CurrentCaller() caller: Caller,
    @Body() { one_time_code: code }: BeginSessionDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): MeDto {
    const token = bearerOf(request) ?? (code === undefined ? undefined : this.codes.redeem(code));
    if (token === undefined) throw new AppError('auth.unauthorized');
    if (!this.sessions.fits(token)) {
      const hint = 'The token is longer than 4000 characters, which no browser keeps in a cookie.';
      throw new AppError('backups.invalid_request', { details: { hint } });
    }
    this.sessions.begin(request, response, token);
    return this.describe(caller, token);
  }

  @Delete('session')
  @Audited('auth.session.delete')
  @Access(AUTHENTICATED, { summary: 'End the session', response: SessionEndedDto })
  async remove(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<SessionEndedDto> {
    this.sessions.end(request, response);
    const url = contextOf(request).isBySession ? await this.signIn.endSessionUrl() : undefined;
    return { ok: true, ...present({ end_session_url: url }) };
  }

  @Get('me')
  @Audited('auth.session.read')
  @Access(AUTHENTICATED, { summary: 'Show who is calling', response: MeDto })
  me(@CurrentCaller() caller: Caller, @Req() request: Request): MeDto {
    return this.describe(caller, bearerOf(request) ?? sessionOf(request) ?? '');
  }

  private describe(caller: Caller, token: string): MeDto {
    return MeDto.from(caller, { csrfToken: this.sessions.csrfTokenOf(token), expiresAt: expiryOf(token) });
  }
}
