import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freedWhenSent } from './freed-when-sent';

const CHUNK_BYTES = 1_048_576;
const CHUNKS = 40;

/** What is sent, its digest, and how much memory the chunks take that were made. */
function manyChunks() {
  const made: Buffer[] = [];
  const digest = createHash('sha256');
  const chunks = async function* () {
    for (let i = 0; i < CHUNKS; i += 1) {
      await new Promise(setImmediate);
      const chunk = randomBytes(CHUNK_BYTES);
      digest.update(chunk);
      made.push(chunk);
      yield chunk;
    }
  };
  return {
    chunks: chunks(),
    sha256: () => digest.digest('hex'),
    heldBytes: () => made.reduce((sum, chunk) => sum + chunk.length, 0),
    count: () => made.length,
  };
}

describe('freedWhenSent', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function served(source: ReturnType<typeof manyChunks>) {
    const server = createServer((_request, response) => {
      response.setHeader('Content-Length', CHUNKS * CHUNK_BYTES);
      freedWhenSent(source.chunks, response).pipe(response);
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  it.each(['at once', 'in small pieces with pauses'])('sends every byte to a client that reads %s', async (how) => {
    const source = manyChunks();
    const response = await served(source);
    const digest = createHash('sha256');
    let most = 0;
    for await (const piece of response as AsyncIterable<Buffer>) {
      digest.update(piece);
      most = Math.max(most, source.heldBytes());
      if (how !== 'at once') for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
    }
    expect(digest.digest('hex')).toBe(source.sha256());
    // What waits in the stream, in the response and in the sockets of both sides; not all that was ever made.
    expect(most).toBeLessThan((CHUNKS / 2) * CHUNK_BYTES);
    expect(source.heldBytes()).toBeLessThan((CHUNKS / 2) * CHUNK_BYTES);
  });

  it('frees nothing of a connection that is gone', async () => {
    const source = manyChunks();
    const response = await served(source);
    await once(response, 'readable');
    response.destroy();
    await once(response, 'close');
    expect(source.count()).toBeLessThan(CHUNKS);
  });
});
