import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { contextOf } from './request-context';
import { sourceAddress } from './source-address';

/** Notes where each request comes from. To be the first that a request meets. */
export function noteSource(trusted: BlockList) {
  return (request: IncomingMessage, _response: unknown, next: () => void): void => {
    const source = sourceAddress(request.socket.remoteAddress, request.headers, trusted);
    if (source !== undefined) contextOf(request).source = source;
    next();
  };
}
