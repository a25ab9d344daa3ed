import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CookieOptions, Request, Response } from 'express';
import { decodeJwt } from 'jose';
import {
  cookiesOf,
  CSRF_COOKIE,
  csrfKey,
  csrfTokenFor,
  HOST_SESSION_COOKIE,
  SESSION_COOKIE,
  SESSION_COOKIES,
} from '../kernel/access/session-cookies';
import { AppConfig } from '../kernel/config/config';
import { isOverTls } from '../kernel/http/forwarded-protocol';

/** Browsers drop a cookie whose name and value are longer than 4096 bytes together, and say nothing. */
const MAX_TOKEN_CHARACTERS = 4_000;

/** Sessions of browsers: a token in a cookie that no script can read, and a token against forged requests beside it. */
@Injectable()
export class BrowserSessions {
  private readonly csrfKey: KeyObject;

  constructor(config: AppConfig) {
    this.csrfKey = csrfKey(config.auditSigningKey);
  }

  /** Whether a browser keeps a cookie with this token. */
  fits(token: string): boolean {
    return token.length <= MAX_TOKEN_CHARACTERS;
  }

  /** Sets the cookies. They live as long as the token, and go back only to this service. */
  begin(request: Request, response: Response, token: string): void {
    const options: CookieOptions = {
      path: '/',
      sameSite: 'strict',
      secure: isOverTls(request),
      expires: expiryOf(token),
    };
    const name = options.secure === true ? HOST_SESSION_COOKIE : SESSION_COOKIE;
    clear(request, response, name);
    response.cookie(name, token, { ...options, httpOnly: true });
    response.cookie(CSRF_COOKIE, this.csrfTokenOf(token), options);
  }

  /** Takes the cookies back. */
  end(request: Request, response: Response): void {
    clear(request, response);
    response.clearCookie(CSRF_COOKIE, { path: '/' });
  }

  csrfTokenOf(token: string): string {
    return csrfTokenFor(token, this.csrfKey);
  }
}

/** When a verified token expires. */
export function expiryOf(token: string): Date {
  const { exp = 0 } = decodeJwt(token);
  return new Date(exp * 1000);
}

/** Takes back every session cookie that the browser has sent, but for the one that is about to be set: two are refused. */
function clear(request: Request, response: Response, kept?: string): void {
  for (const name of SESSION_COOKIES) {
    if (name === kept || cookiesOf(request, name).length === 0) continue;
    response.clearCookie(name, { path: '/', secure: name === HOST_SESSION_COOKIE });
  }
}
