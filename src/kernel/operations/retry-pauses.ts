/** The first pause, which is that of most recurring jobs, and the longest one. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/** What this process does again and again fails at some things each time: these are left alone for growing pauses. */
export class RetryPauses {
  private readonly pauses = new Map<number, { failures: number; untilMs: number }>();

  /** Whether it may be tried now. */
  isDue(id: number): boolean {
    return performance.now() >= (this.pauses.get(id)?.untilMs ?? 0);
  }

  failed(id: number): void {
    const failures = (this.pauses.get(id)?.failures ?? 0) + 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE_MS);
    this.pauses.set(id, { failures, untilMs: performance.now() + pauseMs });
  }

  /** It was done, or need not be done any more. */
  forget(id: number): void {
    this.pauses.delete(id);
  }
}
