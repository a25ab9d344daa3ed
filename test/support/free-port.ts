import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of 127.0.0.1 that was free just now, for a program that cannot choose its own. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('unreachable: it listens on a port');
  return address.port;
}
