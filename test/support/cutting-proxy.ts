import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a service, and cuts connections in the middle of what the client sends. */
export interface CuttingProxy {
  readonly url: string;
  /** From now on each of the next connections is cut after so many bytes of the client. Only the first call counts. */
  cutAfter(bytes: readonly number[]): void;
  /** Cuts that are still to come. */
  readonly left: number;
  close(): void;
}

/** @param url of the service */
export async function cuttingProxy(url: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let budgets: number[] | undefined;
  const server: Server = createServer((client) => {
    let passed = 0;
    let budget: number | undefined;
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    }
    const cut = (): void => {
      client.destroy();
      // What was passed on arrives; then the connection is gone.
      upstream.end();
      upstream.destroySoon();
    };
    client.on('data', (data: Buffer) => {
      budget ??= budgets?.shift();
      const rest = budget === undefined ? data.length : budget - passed;
      passed += Math.min(rest, data.length);
      if (!upstream.write(data.subarray(0, rest))) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
      if (rest < data.length) cut();
    });
    upstream.pipe(client);
    client.once('close', () => upstream.destroySoon());
    upstream.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAfter: (bytes) => void (budgets ??= [...bytes]),
    get left() {
      return budgets?.length ?? 0;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
