/**
 * Tasks that stand or fall together: the first failure aborts the others, and nothing goes on until all have ended, so
 * that no child process or descriptor of a failed piece of work outlives it.
 */
export class TaskGroup {
  private readonly controller = new AbortController();
  private readonly tasks: Promise<unknown>[] = [];
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  /** Aborts when one task fails or one of the outer signals aborts. */
  readonly signal: AbortSignal;

  /**
   * @param outer signals that end the whole group
   * @param limit how many run at once; the others wait in the order in which they came
   */
  constructor(
    outer: readonly AbortSignal[],
    private readonly limit = Infinity,
  ) {
    this.signal = AbortSignal.any([this.controller.signal, ...outer]);
  }

  /** Starts a task. Its failure is told by {@link finished}; the promise may be awaited after that for the result. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const running = this.turn(task);
    this.tasks.push(running);
    // Told by `finished`; until then it is not unhandled.
    running.catch(() => undefined);
    return running;
  }

  private async turn<T>(task: () => Promise<T>): Promise<T> {
    await Promise.resolve();
    if (this.running >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      // One that waited until the group had failed does not begin.
      this.signal.throwIfAborted();
      return await task();
    } catch (error) {
      this.controller.abort(error);
      throw error;
    } finally {
      // The place goes to the next in line.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  /**
   * Waits until every task has ended, those that others have started meanwhile included.
   *
   * @throws what failed first: the outer signal's reason, or the first task's error
   */
  async finished(): Promise<void> {
    for (let ended = 0; ended < this.tasks.length;) {
      ended = this.tasks.length;
      await Promise.allSettled(this.tasks);
    }
    this.signal.throwIfAborted();
  }
}
