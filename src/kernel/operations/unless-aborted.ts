/**
 * Waits for work that may never end, such as a question to a server that does not answer: it must not keep the service from ending. The
 * work itself goes on, until it sees the signal or the process ends.
 *
 * @throws what the work throws; the reason of the signal as soon as it is aborted
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
