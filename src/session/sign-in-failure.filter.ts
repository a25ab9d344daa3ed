import { ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { SignInFailure } from './sign-in-failure';

/** A person in a browser has come here, and goes back to the page, which says in words what has failed. */
@Catch(SignInFailure)
export class SignInFailureFilter implements ExceptionFilter<SignInFailure> {
  catch({ code }: SignInFailure, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().redirect(302, `/#/sign-in?error=${code}`);
  }
}
