/**
 * Waits for one promise after another until it is interrupted, and keeps none of their results. `Promise.race` with a promise
 * that stays pending keeps the result of every race for as long as that promise lives. For a file that arrives in chunks,
 * that is the whole file.
 */
export class InterruptibleWait {
  #reject: ((reason: Error) => void) | undefined;
  #interruption: Error | undefined;

  /**
   * Waits for one promise. Only one call may be pending.
   *
   * @returns the result of the work
   * @throws the error of the work; the reason of an interruption, even if it came before
   */
  until<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      // Even after an interruption: otherwise a failure of the work would count as unhandled.
      work.then(resolve, reject);
      if (this.#interruption !== undefined) reject(this.#interruption);
    });
  }

  /** @param reason the error of the pending wait and of all later ones; if called again, the first reason counts */
  interrupt(reason: Error): void {
    this.#interruption ??= reason;
    this.#reject?.(this.#interruption);
  }
}
