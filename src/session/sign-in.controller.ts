import { Controller, Get, HttpStatus, Query, Redirect, Req, Res, UseFilters } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Audited } from '../audit/audited';
import { Access } from '../kernel/access/access.decorator';
import { OneTimeCodes } from '../kernel/access/one-time-codes';
import { AppError } from '../kernel/errors/app-error';
import { PUBLIC } from '../kernel/request/permissions';
import { contextOf } from '../kernel/request/request-context';
import { AllowedInMaintenance } from '../maintenance/allowed-in-maintenance';
import { BrowserSessions, expiryOf } from './browser-sessions';
import { FlowCookie } from './flow-cookie';
import { IdTokenCookie } from './id-token-cookie';
import { SignInFailure } from './sign-in-failure';
import { SignInFailureFilter } from './sign-in-failure.filter';
import { SignIn, type SignedIn } from './sign-in.service';
import { SignInOptionsDto, SignInQuery } from './sign-in.dto';

/** How a person gets a session: routes that a browser is sent to, and one that says which of them there are. */
@ApiTags('Session')
@Controller('auth')
@UseFilters(SignInFailureFilter)
export class SignInController {
  constructor(
    private readonly signIn: SignIn,
    private readonly flows: FlowCookie,
    private readonly sessions: BrowserSessions,
    private readonly idTokens: IdTokenCookie,
    private readonly codes: OneTimeCodes,
  ) {}

  @Get('options')
  @AllowedInMaintenance()
  @Audited('auth.options.read')
  @Access(PUBLIC, { summary: 'Show how people sign in', response: SignInOptionsDto })
  options(): SignInOptionsDto {
    return { sign_in: this.signIn.isConfigured ? 'openid' : 'token', one_time_code: this.codes.isOutstanding };
  }

  @Get('sign-in')
  @AllowedInMaintenance()
  @Audited('auth.sign_in')
  @Access(PUBLIC, {
    summary: 'Sign in at the OpenID provider',
    description: 'For a browser. When the provider does not answer, it goes back to the page with the error.',
    status: HttpStatus.FOUND,
    errors: ['backups.not_found'],
  })
  @Redirect()
  async begin(
    @Query() { return_to: returnTo, prompt }: SignInQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ url: string }> {
    const { url, flow } = await this.signIn.begin(returnTo, prompt).catch((error: unknown) => fail(request, error));
    this.flows.set(request, response, flow);
    return { url };
  }

  @Get('callback')
  @AllowedInMaintenance()
  @Audited('auth.session.create', { isNeverCounted: true })
  @Access(PUBLIC, {
    summary: 'Come back from the OpenID provider',
    description:
      'For a browser. Ends in a session with cookies and goes to the page, or goes to it with the error: `/#/sign-in?error=…`.',
    status: HttpStatus.FOUND,
    errors: ['backups.not_found'],
  })
  @Redirect()
  async finish(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<{ url: string }> {
    const flow = this.flows.take(request, response);
    const signedIn = await this.signIn.finish(queryOf(request), flow).catch((error: unknown) => fail(request, error));
    this.admit(request, response, signedIn);
    return { url: `/${flow?.returnTo ?? ''}` };
  }

  @Get('end-session')
  @AllowedInMaintenance()
  @Audited('auth.session.delete')
  @Access(PUBLIC, {
    summary: 'End the session at the OpenID provider',
    description: 'For a browser whose session here has ended. The provider sends it back to the page.',
    status: HttpStatus.FOUND,
    errors: ['backups.not_found'],
  })
  @Redirect()
  async endAtProvider(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ url: string }> {
    const idToken = this.idTokens.take(request, response);
    return { url: (await this.signIn.endAtProviderUrl(idToken)) ?? '/' };
  }

  /** From here on the record of the request names the person, one who is refused, too. */
  private admit(request: Request, response: Response, { caller, token, idToken }: SignedIn): void {
    contextOf(request).caller = caller;
    if (caller.permissions.size === 0) fail(request, new SignInFailure('auth.no_role', 'no_role'));
    this.sessions.begin(request, response, token);
    if (idToken !== undefined) this.idTokens.set(request, response, idToken, expiryOf(token));
  }
}

/** Has the record of the request tell why. */
function fail(request: Request, error: unknown): never {
  if (error instanceof SignInFailure) contextOf(request).recordDetails = { reason: error.reason };
  throw error instanceof AppError ? error : new AppError('backups.internal', { cause: error });
}

function queryOf({ originalUrl }: Request): string {
  const at = originalUrl.indexOf('?');
  return at < 0 ? '' : originalUrl.slice(at);
}
