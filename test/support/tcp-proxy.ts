import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a service and a server, and can keep them apart. */
export interface TcpProxy {
  /** The given URL, by way of the proxy. */
  readonly url: string;
  /** Connections so far. */
  readonly accepted: number;
  /** From now on: passes everything on, accepts connections and says nothing, or takes none. */
  become(what: 'open' | 'silent' | 'closed'): Promise<void>;
}

/** @param url of the server, with host and port */
export async function tcpProxy(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let accepted = 0;
  const server = createServer((client) => {
    accepted += 1;
    const keep = (socket: Socket): void => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    };
    keep(client);
    if (isSilent) return;
    const upstream = connect(Number(port), hostname);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const ownPort = await listen(0);
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(ownPort);
  return {
    url: proxied.href,
    get accepted() {
      return accepted;
    },
    async become(what) {
      for (const socket of sockets) socket.destroy();
      isSilent = what === 'silent';
      if (what === 'closed' && server.listening) {
        server.close();
        await once(server, 'close');
      }
      if (what !== 'closed' && !server.listening) await listen(ownPort);
    },
  };
}
