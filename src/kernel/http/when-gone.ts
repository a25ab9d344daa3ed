import type { ServerResponse } from 'node:http';
import { AppError } from '../errors/app-error';
import { whenClosed } from './when-closed';

/** A signal that aborts when a response is over. While it is being made, that means that its client has gone. */
export function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  whenClosed(response, () =>
    gone.abort(new AppError('backups.invalid_request', { details: { hint: 'The client has gone.' } })),
  );
  return gone.signal;
}
