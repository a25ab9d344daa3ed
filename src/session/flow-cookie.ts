import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { cookiesOf } from '../kernel/access/session-cookies';
import { Clock } from '../kernel/clock/clock';
import { MINUTE_MS } from '../kernel/clock/durations';
import { AppConfig } from '../kernel/config/config';
import { isOverTls } from '../kernel/http/forwarded-protocol';
import { TextSeal } from './text-seal';

const COOKIE = 'berkut_sign_in';
/** Over TLS: a neighbour of this host cannot plant one, and so cannot sign a browser in to another account. */
const HOST_COOKIE = '__Host-berkut_sign_in';
/** A person has so long to type a password at the provider. */
const GOOD_FOR_MS = 10 * MINUTE_MS;

const flowShape = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  untilMs: z.number(),
});

/** What has to be remembered between the way to the provider and the way back. */
export type Flow = Omit<z.infer<typeof flowShape>, 'untilMs'>;

/**
 * Keeps a sign-in that has begun in a cookie of the browser, encrypted, so that any replica can finish it. It is `Lax`: the
 * way back from the provider is a navigation from another site.
 */
@Injectable()
export class FlowCookie {
  private readonly texts: TextSeal;

  constructor(
    config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.texts = new TextSeal(config.auditSigningKey, 'berkut/sign-in');
  }

  set(request: Request, response: Response, flow: Flow): void {
    const sealed = this.texts.seal(JSON.stringify({ ...flow, untilMs: this.clock.now().getTime() + GOOD_FOR_MS }));
    const secure = isOverTls(request);
    response.cookie(secure ? HOST_COOKIE : COOKIE, sealed, {
      ...{ path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: GOOD_FOR_MS },
    });
  }

  /**
   * Takes the cookie back, and reads it.
   *
   * @returns `undefined` unless there is one, made by this installation, and young enough
   */
  take(request: Request, response: Response): Flow | undefined {
    const secure = isOverTls(request);
    const name = secure ? HOST_COOKIE : COOKIE;
    response.clearCookie(name, { path: '/', secure });
    const [sealed, ...more] = cookiesOf(request, name);
    if (sealed === undefined || more.length > 0) return undefined;
    const flow = flowShape.safeParse(this.open(sealed));
    return flow.success && this.clock.now().getTime() < flow.data.untilMs ? flow.data : undefined;
  }

  /** @returns `undefined` for what was not sealed here */
  private open(sealed: string): unknown {
    const text = this.texts.open(sealed);
    return text === undefined ? undefined : JSON.parse(text);
  }
}
