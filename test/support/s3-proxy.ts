import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the proxy does with a request instead of passing it on and back. */
export type S3Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** The answer of the server ends after so many bytes of its body. */
  | { readonly kind: 'torn'; readonly afterBytes: number }
  /** The request is taken, and nothing comes back. */
  | { readonly kind: 'silence' }
  /** The connection breaks before the request has reached the server. */
  | { readonly kind: 'dead' }
  /** The server does what it was asked, and its answer does not come back. `onLost` is called when it has done it. */
  | { readonly kind: 'lost answer'; readonly onLost?: () => void }
  /** The part does not reach the server, and the answer says it did. */
  | { readonly kind: 'lost part' }
  /** The server sees the request without these headers; only one that does not check signatures takes that. */
  | { readonly kind: 'without'; readonly headers: readonly string[] }
  /** The server is asked for shorter lists; the same holds. */
  | { readonly kind: 'short lists'; readonly entries: number };

/** The light server says this of each upload, and real ones the truth. */
const BEGUN_OF_LIGHT_SERVER = '2010-11-10T20:48:33.000Z';

/** What a fault is chosen by. */
export interface S3Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** A network and a server that fail in the ways that are wanted. Of uploads to the light server it says that they have just begun. */
export interface S3Proxy {
  readonly endpoint: string;
  /** Requests so far. */
  readonly seen: readonly S3Request[];
  /** Chooses the fault of each request; none passes it on. */
  break(choose: (request: S3Request) => S3Fault | undefined): void;
  stop(): Promise<void>;
}

/** @param target of the server behind it */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  let choose: (request: S3Request) => S3Fault | undefined = () => undefined;
  const seen: S3Request[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', 'http://proxy');
    const asked = { method: incoming.method ?? 'GET', path, query, headers: incoming.headers };
    seen.push(asked);
    serve(incoming, response, target, choose(asked));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    break(next) {
      choose = next;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serve(incoming: IncomingMessage, response: ServerResponse, target: string, fault: S3Fault | undefined): void {
  switch (fault?.kind) {
    case 'answer':
      incoming.resume().once('end', () => {
        response.writeHead(fault.status, { 'content-type': 'application/xml' });
        response.end(
          incoming.method === 'HEAD' ? undefined : `<Error><Code>${fault.code}</Code><Message>no</Message></Error>`,
        );
      });
      return;
    case 'silence':
      incoming.resume();
      return;
    case 'dead':
      incoming.socket.destroy();
      return;
    case 'lost part':
      incoming
        .resume()
        .once('end', () => response.writeHead(200, { etag: '"00000000000000000000000000000000"' }).end());
      return;
    case 'torn':
    case 'lost answer':
    case 'without':
    case 'short lists':
    case undefined:
      passOn(incoming, response, target, fault);
  }
}

function passOn(incoming: IncomingMessage, response: ServerResponse, target: string, fault: S3Fault | undefined): void {
  const { hostname, port } = new URL(target);
  const unwanted = fault?.kind === 'without' ? fault.headers : [];
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !unwanted.includes(name)));
  const more = fault?.kind === 'short lists' ? `&max-keys=${fault.entries}` : '';
  const outgoing = request(
    { hostname, port, method: incoming.method, path: `${incoming.url ?? '/'}${more}`, headers },
    (answer) => {
      if (fault?.kind === 'lost answer') {
        answer.resume().once('end', () => {
          fault.onLost?.();
          incoming.socket.destroy();
        });
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (incoming.method === 'GET' && /[?&]uploads\b/.test(incoming.url ?? '')) {
        text(answer).then(
          (said) => response.end(said.replaceAll(BEGUN_OF_LIGHT_SERVER, new Date().toISOString())),
          () => incoming.socket.destroy(),
        );
        return;
      }
      let leftBytes = fault?.kind === 'torn' ? fault.afterBytes : Infinity;
      answer.on('data', (chunk: Buffer) => {
        response.write(chunk.subarray(0, leftBytes));
        leftBytes -= chunk.length;
        if (leftBytes <= 0) incoming.socket.destroy();
      });
      answer.once('end', () => response.end());
    },
  );
  outgoing.once('error', () => incoming.socket.destroy());
  incoming.pipe(outgoing);
}
