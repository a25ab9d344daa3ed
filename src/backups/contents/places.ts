import { AppError } from '../../kernel/errors/app-error';

/** So many of a kind of work may be done at once in this process. */
export class Places {
  private taken = 0;

  /** @param hint for a caller that gets none */
  constructor(
    private readonly limit: number,
    private readonly hint: string,
  ) {}

  /**
   * Takes a place.
   *
   * @returns what gives it back, once
   * @throws AppError `backups.concurrent_operation` when all are taken
   */
  take(): () => void {
    if (this.taken >= this.limit) {
      throw new AppError('backups.concurrent_operation', { details: { limit: this.limit, hint: this.hint } });
    }
    this.taken += 1;
    let isLeft = false;
    return () => {
      if (!isLeft) this.taken -= 1;
      isLeft = true;
    };
  }
}
