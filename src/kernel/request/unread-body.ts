import type { IncomingMessage } from 'node:http';

/** Long enough for a browser, which reads an answer only when it has sent all, to come to the end of most files. */
const READ_ON_MS = 30_000;

/**
 * For a request that is answered before all of its body has come. The rest is read and thrown away for a while, because a
 * connection that is closed on a client who still sends takes the answer with it; then the connection is closed.
 */
export function endUnreadBody(request: IncomingMessage, readOnMs = READ_ON_MS): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), readOnMs);
  timer.unref();
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  request.resume();
}
