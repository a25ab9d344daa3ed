import { InterruptibleWait } from '../../engine/waiting/interruptible-wait';

/**
 * Chunks until a signal aborts: then waiting for the next one ends at once, with the signal's reason, even if the source
 * never says anything again.
 */
export async function* abortable<T>(chunks: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  const waiting = new InterruptibleWait();
  const abort = (): void => waiting.interrupt(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await waiting.until(iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
