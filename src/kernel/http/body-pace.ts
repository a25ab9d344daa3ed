import type { IncomingMessage } from 'node:http';

/** How slow is too slow: whoever keeps below a kilobyte a second for half a minute only wants to hold on to something. */
const PACE = { everyMs: 10_000, leastBytes: 10_240, chances: 3 };

/**
 * Watches a body that is arriving. Time in which we do not read is not the client's.
 *
 * @param act called once when the client is too slow
 * @returns what ends the watching; the end of the body does, too
 */
export function whenTooSlow(request: IncomingMessage, act: () => void, pace = PACE): () => void {
  let seenBytes = request.socket.bytesRead;
  let slowTurns = 0;
  let wasPaused = false;
  const onPause = (): void => void (wasPaused = true);
  const timer = setInterval(() => {
    const arrivedBytes = request.socket.bytesRead - seenBytes;
    seenBytes += arrivedBytes;
    const isClientSlow = !wasPaused && !request.isPaused() && arrivedBytes < pace.leastBytes;
    wasPaused = false;
    slowTurns = isClientSlow ? slowTurns + 1 : 0;
    if (slowTurns < pace.chances) return;
    stop();
    act();
  }, pace.everyMs);
  const stop = (): void => {
    clearInterval(timer);
    request.off('pause', onPause);
  };
  if (request.readableEnded || request.destroyed) stop();
  else request.on('pause', onPause).once('end', stop).once('close', stop);
  return stop;
}
