import type { ServerResponse } from 'node:http';

/** Acts once when a response is over, however it ends: at once when it is over already, since nobody is told of that again. */
export function whenClosed(response: ServerResponse, act: () => void): void {
  if (response.closed) act();
  else response.once('close', act);
}
