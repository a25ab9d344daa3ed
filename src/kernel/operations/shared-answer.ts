/** As long as an answer is shared when too many ask. */
const SHARED_FOR_MS = 1_000;

/**
 * One question at a time: callers that ask while it is open get the same answer. When it has been asked as often as it may be
 * within a second, the latest answer is shared for the rest of that second. Errors are not kept.
 */
export class SharedAnswer<T> {
  private asking: Promise<T> | undefined;
  private latest: { answer: T; beganAtMs: number } | undefined;
  private second = { beganAtMs: Number.NEGATIVE_INFINITY, asked: 0 };

  /** @param perSecond how often it is asked in a second at most; without a limit unless given */
  constructor(
    private readonly ask: () => Promise<T>,
    private readonly perSecond = Number.POSITIVE_INFINITY,
  ) {}

  /** @throws whatever asking throws */
  async get(): Promise<T> {
    if (this.asking !== undefined) return this.asking;
    const nowMs = performance.now();
    if (nowMs - this.second.beganAtMs >= SHARED_FOR_MS) this.second = { beganAtMs: nowMs, asked: 0 };
    const isRecent = this.latest !== undefined && nowMs - this.latest.beganAtMs < SHARED_FOR_MS;
    if (this.latest !== undefined && isRecent && this.second.asked >= this.perSecond) return this.latest.answer;
    this.second.asked += 1;
    this.asking = this.ask()
      .then((answer) => {
        this.latest = { answer, beganAtMs: nowMs };
        return answer;
      })
      .finally(() => (this.asking = undefined));
    return this.asking;
  }
}
