import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of a statement that is not let through. */
export type Obstacle = 'refused' | 'never answered';

/** A way to a PostgreSQL server that lets through what it is told to, by the text of statements. */
export interface StatementProxy {
  /** The same URL, by way of the proxy. */
  url(of: string): string;
  /** From now on statements like this one fail; `database` is what sessions are opened to. */
  obstruct(what: { statement?: RegExp; database?: RegExp; how?: Obstacle }): void;
  /** Lets everything through again, and cuts the sessions that wait for an answer. */
  clear(): void;
  /** Every statement since the last call. */
  statements(): string[];
  /** Whether something was kept from the server since the last {@link obstruct}. */
  readonly hasObstructed: boolean;
  remove(): Promise<void>;
}

const STARTUP = 196_608;
const QUERY = 'Q'.charCodeAt(0);
const PARSE = 'P'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);

/** @param serverUrl with host and port */
export async function statementProxy(serverUrl: string): Promise<StatementProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const stuck = new Set<Socket>();
  let obstacle: { statement?: RegExp; database?: RegExp; how?: Obstacle } | undefined;
  let seen: string[] = [];
  let hasObstructed = false;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    }
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    upstream.pipe(client);
    let isStarted = false;
    let isSkipping = false;
    let waiting: Buffer = Buffer.alloc(0);

    /** @returns whether the server gets it */
    const admits = (type: number, body: Buffer): boolean => {
      if (stuck.has(client)) return false;
      if (isSkipping) {
        if (type !== SYNC) return false;
        isSkipping = false;
        client.write(readyForQuery());
        return false;
      }
      if (type !== QUERY && type !== PARSE) return true;
      const text = statementOf(type, body);
      seen.push(text);
      if (obstacle?.statement?.test(text) !== true) return true;
      hasObstructed = true;
      if (obstacle.how === 'never answered') stuck.add(client);
      else {
        client.write(refusal());
        if (type === QUERY) client.write(readyForQuery());
        else isSkipping = true;
      }
      return false;
    };
    client.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (;;) {
        const head = isStarted ? 1 : 0;
        if (waiting.length < head + 4) return;
        const length = head + waiting.readInt32BE(head);
        if (waiting.length < length) return;
        const message = waiting.subarray(0, length);
        waiting = waiting.subarray(length);
        if (isStarted) {
          if (admits(message.readUInt8(0), message.subarray(5))) upstream.write(message);
          continue;
        }
        if (message.readInt32BE(4) === STARTUP) {
          isStarted = true;
          if (obstacle?.database?.test(databaseOf(message.subarray(8))) === true) {
            hasObstructed = true;
            client.end(refusal());
            return;
          }
        }
        upstream.write(message);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url(of) {
      const proxied = new URL(of);
      proxied.hostname = '127.0.0.1';
      proxied.port = String(ownPort);
      return proxied.href;
    },
    obstruct(what) {
      obstacle = what;
      hasObstructed = false;
    },
    clear() {
      obstacle = undefined;
      for (const socket of stuck) socket.destroy();
      stuck.clear();
    },
    statements() {
      const all = seen;
      seen = [];
      return all;
    },
    get hasObstructed() {
      return hasObstructed;
    },
    async remove() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A Query is its text; a Parse has the name of the statement before it. */
function statementOf(type: number, body: Buffer): string {
  const from = type === QUERY ? 0 : body.indexOf(0) + 1;
  return body.toString('utf8', from, body.indexOf(0, from));
}

function databaseOf(parameters: Buffer): string {
  const words = parameters.toString('utf8').split('\0');
  return words[words.indexOf('database') + 1] ?? '';
}

function refusal(): Buffer {
  const fields = ['SERROR', 'VERROR', 'C42501', 'Mpermission denied by the proxy']
    .map((field) => `${field}\0`)
    .join('');
  return message('E', Buffer.from(`${fields}\0`));
}

function readyForQuery(): Buffer {
  return message('Z', Buffer.from('I'));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
