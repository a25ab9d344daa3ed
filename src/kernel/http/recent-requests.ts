import type { ThrottlerStorage } from '@nestjs/throttler';

/** The time that is looked back on has so many parts, and a request is forgotten together with its part. */
const PARTS = 60;
/** From so many callers on, those are forgotten who have asked for nothing lately. */
const MANY_CALLERS = 1_000;

type Answer = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * How often each caller has asked lately. A request costs the same however many came before it: the library's own storage
 * keeps a time for each of them and goes through all of them with every request, which took a page that polls more
 * processor time than its answers.
 */
export class RecentRequests implements ThrottlerStorage {
  private readonly callers = new Map<string, CallerCount>();

  /** @param nowMs milliseconds of a clock that is never set back */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /**
   * Counts a request. Whoever sends one more than the limit is blocked, and not counted until that has passed.
   *
   * @param key the caller
   * @param ttl how long a request is counted, milliseconds
   * @param limit that many are let through
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

/** Requests of one caller, by the parts of the time that is looked back on. */
class CallerCount {
  /** Of all parts. */
  total = 0;
  blockedUntilMs = 0;
  private readonly counts = new Uint32Array(PARTS);

  /** @param last the newest part that was counted in, from the beginning of the clock */
  constructor(private last: number) {}

  /** @returns how many there are now */
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
