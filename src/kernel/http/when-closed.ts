import type { ServerResponse } from 'node:http';

/** Acts once when a response is over, however it ends. If it is over already it acts at once: `close` is not emitted again. */
export function whenClosed(response: ServerResponse, act: () => void): void {
  if (response.closed) act();
  else response.once('close', act);
}
