import type { IncomingMessage } from 'node:http';

/** How slow is too slow: fewer bytes than that in so many looks in a row. */
export interface Pace {
  readonly everyMs: number;
  readonly leastBytes: number;
  readonly chances: number;
}

/**
 * Watches a body that is arriving. Time in which we do not read is not the client's.
 *
 * @param act called once when the client is too slow
 * @returns what ends the watching; the end of the body does, too
 */
export function whenTooSlow(request: IncomingMessage, act: () => void, pace: Pace): () => void {
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
