import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { cookiesOf } from '../kernel/access/session-cookies';
import { AppConfig } from '../kernel/config/config';
import { isOverTls } from '../kernel/http/forwarded-protocol';
import { TextSeal } from './text-seal';

const COOKIE = 'berkut_id_token';
/** The browser sends it nowhere else. */
const PATH = '/api/auth/end-session';
/** Browsers drop a cookie whose name and value are longer than 4096 bytes together. */
const MAX_CHARACTERS = 4_000;

/**
 * Keeps the ID token of a session until it is ended: with it, the provider ends its own session without asking. It is
 * encrypted, because some providers give ID tokens that the service would take for access tokens.
 */
@Injectable()
export class IdTokenCookie {
  private readonly texts: TextSeal;

  constructor(config: AppConfig) {
    this.texts = new TextSeal(config.auditSigningKey, 'berkut/id-token');
  }

  /** A token that no browser would keep is not sent: then the provider asks. */
  set(request: Request, response: Response, idToken: string, expires: Date): void {
    const sealed = this.texts.seal(idToken);
    if (sealed.length > MAX_CHARACTERS) return;
    response.cookie(COOKIE, sealed, {
      ...{ path: PATH, httpOnly: true, sameSite: 'strict', secure: isOverTls(request), expires },
    });
  }

  /**
   * Takes the cookie back, and reads it.
   *
   * @returns `undefined` unless there is one, made by this installation
   */
  take(request: Request, response: Response): string | undefined {
    const [sealed, ...more] = cookiesOf(request, COOKIE);
    if (sealed === undefined) return undefined;
    response.clearCookie(COOKIE, { path: PATH, secure: isOverTls(request) });
    return more.length > 0 ? undefined : this.texts.open(sealed);
  }
}
