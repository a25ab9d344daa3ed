import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { cookiesOf } from '../kernel/access/session-cookies';
import { Clock } from '../kernel/clock/clock';
import { MINUTE_MS } from '../kernel/clock/durations';
import { AppConfig } from '../kernel/config/config';
import { isOverTls } from '../kernel/http/forwarded-protocol';

const COOKIE = 'berkut_sign_in';
/** Over TLS: a neighbour of this host cannot plant one, and so cannot sign a browser in to another account. */
const HOST_COOKIE = '__Host-berkut_sign_in';
/** A person has so long to type a password at the provider. */
const GOOD_FOR_MS = 10 * MINUTE_MS;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

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
  private readonly key: Uint8Array;

  constructor(
    config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.key = new Uint8Array(hkdfSync('sha256', config.auditSigningKey, '', 'berkut/sign-in', 32));
  }

  set(request: Request, response: Response, flow: Flow): void {
    const sealed = this.seal(JSON.stringify({ ...flow, untilMs: this.clock.now().getTime() + GOOD_FOR_MS }));
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

  private seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** @returns `undefined` for what was not sealed here */
  private open(sealed: string): unknown {
    const bytes = Buffer.from(sealed, 'base64url');
    const tagEnd = NONCE_BYTES + TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, this.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, tagEnd));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8'));
    } catch {
      return undefined;
    }
  }
}
