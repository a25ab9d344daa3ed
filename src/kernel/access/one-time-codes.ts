import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { MINUTE_MS } from '../clock/durations';

/** Long enough to read the terminal and open the address. */
const GOOD_FOR_MS = 10 * MINUTE_MS;
const CODE_BYTES = 24;

/**
 * The code in the address that a trial prints: it stands for a token, once, within ten minutes. It is in the memory of this
 * process alone, as its hash, and a new one takes the place of the one before.
 */
@Injectable()
export class OneTimeCodes {
  private issued: { readonly digest: Buffer; readonly token: string; readonly untilMs: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** @returns a new code for a token */
  issue(token: string): string {
    const code = randomBytes(CODE_BYTES).toString('base64url');
    this.issued = { digest: digestOf(code), token, untilMs: this.clock.now().getTime() + GOOD_FOR_MS };
    return code;
  }

  /** Whether there is a code that has not been used and has not expired. */
  get isOutstanding(): boolean {
    return this.issued !== undefined && this.clock.now().getTime() < this.issued.untilMs;
  }

  /** The token that a code stands for, if the code is good. It stays so. */
  tokenOf(code: string): string | undefined {
    if (this.issued === undefined || !this.isOutstanding) return undefined;
    return timingSafeEqual(digestOf(code), this.issued.digest) ? this.issued.token : undefined;
  }

  /** As {@link tokenOf}, and the code is used up. */
  redeem(code: string): string | undefined {
    const token = this.tokenOf(code);
    if (token !== undefined) this.issued = undefined;
    return token;
  }
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
