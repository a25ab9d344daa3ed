/** A caller has asked for the operation to be stopped. */
export class CanceledError extends Error {
  override readonly name = 'CanceledError';
  constructor() {
    super('the operation was canceled');
  }
}

/** How soon a request to cancel, which may have come to another replica, is noticed. */
const LOOK_EVERY_MS = 500;

/**
 * Reads a row again and again until a cancellation has been requested there.
 *
 * @param isRequested reads the row; a row that cannot be read counts as not canceled
 * @returns a signal that aborts with {@link CanceledError}, and a function that ends the reading
 */
export function watchForCancel(isRequested: () => Promise<boolean>): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    isRequested().then(
      (isCanceled) => {
        if (isCanceled) controller.abort(new CanceledError());
      },
      () => undefined,
    );
  }, LOOK_EVERY_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
