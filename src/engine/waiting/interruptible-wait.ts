/**
 * Waits for one thing after another until it is interrupted, however many they are, and keeps nothing of them. `Promise.race`
 * with a promise that stays open keeps what came out of each of its rounds for as long as that promise lives: of a file that
 * passes in chunks, all of it.
 */
export class InterruptibleWait {
  #reject: ((reason: Error) => void) | undefined;
  #interruption: Error | undefined;

  /**
   * One at a time.
   *
   * @returns what comes of the work
   * @throws the reason of an interruption, before or meanwhile; what the work fails with
   */
  until<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      // Also after an interruption: nobody else hears of its failure.
      work.then(resolve, reject);
      if (this.#interruption !== undefined) reject(this.#interruption);
    });
  }

  /** @param reason what every wait from now on fails with; the first counts */
  interrupt(reason: Error): void {
    this.#interruption ??= reason;
    this.#reject?.(this.#interruption);
  }
}
