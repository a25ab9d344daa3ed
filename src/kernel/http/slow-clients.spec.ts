import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import express from 'express';
import { whenTooSlow } from './body-pace';
import { endIdleConnections } from './idle-connections';
import { jsonBody } from './json-body';
import { contextOf } from '../request/request-context';
import { endUnreadBody } from '../request/unread-body';

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n';
const PACE = { everyMs: 10, leastBytes: 1_000, chances: 3 };

describe('a client that takes its time', () => {
  let server: Server;
  let client: Socket | undefined;
  afterEach(() => {
    client?.destroy();
    server.close();
    server.closeAllConnections();
  });

  const listen = async (listener: RequestListener): Promise<Socket> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined).resume();
    return client;
  };

  it('is noticed when next to nothing of its body comes', async () => {
    const noticed = new Promise<void>((resolve) => {
      void listen((request) => {
        request.resume();
        whenTooSlow(request, resolve, PACE);
      }).then((socket) => socket.write(`${HEAD}{`));
    });
    await noticed;
  });

  it('is not to blame for the time in which the service does not read, nor when all of its body has come', async () => {
    let isBlamed = false;
    const socket = await listen((request, response) => {
      request.pause();
      whenTooSlow(request, () => (isBlamed = true), PACE);
      // As long as the watch needs to find fault, several times.
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
        if (turns === 12) {
          request.resume();
          request.once('end', () => (turns = 100));
        }
        if (turns < 112) return;
        clearInterval(timer);
        response.end('ok');
      }, PACE.everyMs);
    });
    socket.write(HEAD + 'x'.repeat(100_000));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('ok');
    expect(isBlamed).toBe(false);
  });

  it('has its answer, and then not the connection for ever, when its body is refused', async () => {
    const socket = await listen((request, response) => {
      endUnreadBody(request, 50);
      response.writeHead(400).end('no');
    });
    socket.write(`${HEAD}{`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400/);
    await once(socket, 'close');
  });

  it('keeps the connection when the rest of a refused body comes soon', async () => {
    const socket = await listen((request, response) => {
      endUnreadBody(request);
      response.writeHead(400).end('no');
    });
    socket.write(`${HEAD}{`);
    await once(socket, 'data');
    socket.write(`${'x'.repeat(99_999)}GET / HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [second] = (await once(socket, 'data')) as [Buffer];
    expect(second.toString()).toMatch(/^HTTP\/1.1 400/);
  });

  it('is answered when its JSON does not come in time', async () => {
    const app = express();
    app.use(jsonBody({ withinMs: 50 }));
    app.use((request, response) => {
      response.status(400).send(contextOf(request).bodyFailure);
    });
    const socket = await listen(app as RequestListener);
    socket.write(`${HEAD}{"label":`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('backups.invalid_request');
  });

  it('may wait for us as long as we work, but we do not wait for it', async () => {
    let finish: (() => void) | undefined;
    const socket = await listen((request, response) => {
      finish = () => void response.end('done');
      request.resume();
    });
    endIdleConnections(server, 20);
    const idle = (): Promise<unknown> => once(server, 'timeout');
    // Made before the limit was: the next one has it.
    socket.destroy();
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const request = (await once(server, 'request')) as [IncomingMessage];
    expect(request[0].method).toBe('GET');
    await idle();
    await idle();
    finish?.();
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toContain('done');
    client.write(`${HEAD}{`);
    await once(client, 'close');
  });
});
