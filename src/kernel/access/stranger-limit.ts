import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../errors/app-error';
import { addressGroup } from '../request/address-group';
import { contextOf } from '../request/request-context';
import { MINUTE_MS } from '../clock/durations';

/** Tabs whose session has expired stop asking; more than this from one address on one route is guessing. */
const FAILURES_A_MINUTE = 120;
/** Addresses and routes that are counted apart; those beyond share one count, so that no number of addresses fills the memory. */
const MAX_COUNTS = 20_000;
const ELSEWHERE = 'elsewhere';

/**
 * Limits how often one address may ask one route without a caller, in memory alone. A caller with a valid token is never refused for
 * what others at the same address do.
 */
@Injectable()
export class StrangerLimit {
  private readonly counts = new Map<string, { failures: number; untilMs: number }>();

  /**
   * @param refusal what the request is refused with; public routes have none
   * @throws AppError `app.rate_limited` in place of the refusal
   */
  count(request: Request, route: string, refusal?: AppError): void {
    const nowMs = performance.now();
    const count = this.countOf(`${route} ${addressGroup(contextOf(request).source)}`, nowMs);
    count.failures += 1;
    if (count.failures > FAILURES_A_MINUTE) throw new AppError('app.rate_limited', { cause: refusal });
  }

  private countOf(key: string, nowMs: number): { failures: number; untilMs: number } {
    const known = this.counts.get(key);
    if (known !== undefined && known.untilMs > nowMs) return known;
    if (known === undefined && this.counts.size >= MAX_COUNTS && key !== ELSEWHERE) {
      this.forgetOld(nowMs);
      if (this.counts.size >= MAX_COUNTS) return this.countOf(ELSEWHERE, nowMs);
    }
    const fresh = { failures: 0, untilMs: nowMs + MINUTE_MS };
    // In the order of their age, so that the old ones are at the beginning.
    this.counts.delete(key);
    this.counts.set(key, fresh);
    return fresh;
  }

  private forgetOld(nowMs: number): void {
    for (const [key, { untilMs }] of this.counts) {
      if (untilMs > nowMs) return;
      this.counts.delete(key);
    }
  }
}
