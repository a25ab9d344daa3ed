import { hash } from 'node:crypto';
import type { Caller } from '../request/caller';

/** A key that its provider takes back is refused so much later at most, beside the time for which the keys are kept. */
const KEPT_MS = 60_000;
const MAX_TOKENS = 1_000;

interface KnownToken {
  readonly caller: Caller;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Tokens that were verified a moment ago, by their SHA-256. A page that polls shows the same one again and again, and each
 * verification costs more than the rest of a small request.
 */
export class KnownTokens {
  private readonly tokens = new Map<string, KnownToken>();

  /** @param nowMs milliseconds since 1970, as in {@link keep} */
  callerOf(token: string, nowMs: number): Caller | undefined {
    const digest = digestOf(token);
    const known = this.tokens.get(digest);
    if (known === undefined) return undefined;
    // A clock that was set back says nothing about a token that begins later.
    if (nowMs >= known.sinceMs && nowMs < known.untilMs) return known.caller;
    this.tokens.delete(digest);
    return undefined;
  }

  /** @param expiresMs from then on the token is refused, milliseconds since 1970 */
  keep(token: string, caller: Caller, { nowMs, expiresMs }: { nowMs: number; expiresMs: number }): void {
    const [oldest] = this.tokens.keys();
    if (this.tokens.size >= MAX_TOKENS && oldest !== undefined) this.tokens.delete(oldest);
    this.tokens.set(digestOf(token), { caller, sinceMs: nowMs, untilMs: Math.min(nowMs + KEPT_MS, expiresMs) });
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
