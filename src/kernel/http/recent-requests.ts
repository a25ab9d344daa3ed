import type { ThrottlerStorage } from '@nestjs/throttler';

/** Number of parts of the counted period. Requests are forgotten a whole part at a time. */
const PARTS = 60;
/** From this number of callers on, idle callers are forgotten. */
const MANY_CALLERS = 1_000;

type Answer = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts the recent requests of each caller, at a constant cost per request. The library's own storage keeps a time for each
 * request of the period and scans all of them on every request. For a page that polls, that cost more processor time than
 * the answers.
 */
export class RecentRequests implements ThrottlerStorage {
  private readonly callers = new Map<string, CallerCount>();

  /** @param nowMs milliseconds of a clock that is never set back */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /**
   * Counts a request. A caller that exceeds the limit is blocked. Its requests are not counted until the block ends.
   *
   * @param key the caller
   * @param ttl how long a request is counted, milliseconds
   * @param limit number of requests that are allowed in that time
   * @param blockDuration how long the caller is blocked after that, milliseconds
   * @returns times in whole seconds
   */
  increment(key: string, ttl: number, limit: number, blockDuration: number): Promise<Answer> {
    const now = this.nowMs();
    const part = Math.floor((now * PARTS) / ttl);
    const caller = this.callerOf(key, part);
    if (caller.blockedUntilMs <= now && caller.add(part) > limit) {
      caller.forgetAll();
      caller.blockedUntilMs = now + blockDuration;
    }
    const blockedMs = Math.max(0, caller.blockedUntilMs - now);
    const isBlocked = blockedMs > 0;
    return Promise.resolve({
      totalHits: isBlocked ? limit + 1 : caller.total,
      timeToExpire: Math.ceil(ttl / 1000),
      isBlocked,
      timeToBlockExpire: Math.ceil(blockedMs / 1000),
    });
  }

  private callerOf(key: string, part: number): CallerCount {
    const known = this.callers.get(key);
    if (known !== undefined) return known;
    if (this.callers.size >= MANY_CALLERS) this.forgetIdle(part);
    const fresh = new CallerCount(part);
    this.callers.set(key, fresh);
    return fresh;
  }

  private forgetIdle(part: number): void {
    const now = this.nowMs();
    for (const [key, caller] of this.callers) {
      if (caller.blockedUntilMs <= now && caller.isIdle(part)) this.callers.delete(key);
    }
  }
}

/** Requests of one caller, by parts of the counted period. */
class CallerCount {
  /** Sum of all parts. */
  total = 0;
  blockedUntilMs = 0;
  private readonly counts = new Uint32Array(PARTS);

  /** @param last number of the newest part, counted from the start of the clock */
  constructor(private last: number) {}

  /** @returns the new total */
  add(part: number): number {
    if (this.isIdle(part)) this.forgetAll();
    else for (let old = this.last + 1; old <= part; old += 1) this.forget(old % PARTS);
    this.last = part;
    const at = part % PARTS;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.total += 1;
    return this.total;
  }

  isIdle(part: number): boolean {
    return part - this.last >= PARTS;
  }

  forgetAll(): void {
    this.counts.fill(0);
    this.total = 0;
  }

  private forget(at: number): void {
    this.total -= this.counts[at] ?? 0;
    this.counts[at] = 0;
  }
}
