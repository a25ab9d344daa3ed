/**
 * Tasks that stand or fall together: the first failure aborts the others, and nothing goes on until all have ended, so
 * that no child process or descriptor of a failed piece of work outlives it.
 */
export class TaskGroup {
  private readonly controller = new AbortController();
  private readonly tasks: Promise<unknown>[] = [];

  /** Aborts when one task fails or one of the outer signals aborts. */
  readonly signal: AbortSignal;

  /** @param outer signals that end the whole group */
  constructor(outer: readonly AbortSignal[]) {
    this.signal = AbortSignal.any([this.controller.signal, ...outer]);
  }

  /** Starts a task. Its failure is told by {@link finished}; the promise may be awaited after that for the result. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const running = Promise.resolve().then(task);
    this.tasks.push(running);
    running.catch((error: unknown) => this.controller.abort(error));
    return running;
  }

  /**
   * Waits until every task has ended.
   *
   * @throws what failed first: the outer signal's reason, or the first task's error
   */
  async finished(): Promise<void> {
    await Promise.allSettled(this.tasks);
    this.signal.throwIfAborted();
  }
}
