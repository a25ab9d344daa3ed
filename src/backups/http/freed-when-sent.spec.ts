import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { freedWhenSent } from './freed-when-sent';

const CHUNK_BYTES = 1_048_576;
const CHUNKS = 40;

/** Chunks to send, their digest, and the memory that they still take. */
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
  const sent: { readonly stream: Readable; readonly response: ServerResponse }[] = [];
  afterEach(async () => {
    sent.length = 0;
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function served(source: ReturnType<typeof manyChunks>) {
    const server = createServer((_request, response) => {
      response.setHeader('Content-Length', CHUNKS * CHUNK_BYTES).setHeader('Connection', 'close');
      const stream = freedWhenSent(source.chunks, response);
      sent.push({ stream, response });
      stream.pipe(response);
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
    // Only chunks that wait in the stream, the response and the sockets.
    expect(most).toBeLessThan((CHUNKS / 2) * CHUNK_BYTES);
    expect(source.heldBytes()).toBeLessThan((CHUNKS / 2) * CHUNK_BYTES);
  });

  it('frees nothing of a connection that is gone: a write may still be under way', async () => {
    const source = manyChunks();
    const response = await served(source);
    await once(response, 'readable');
    const closed = once(sent[0]?.response ?? response, 'close');
    response.destroy();
    await closed;
    const stream = sent[0]?.stream.unpipe();
    const heldBefore = source.heldBytes();
    const countBefore = source.count();
    for await (const chunk of stream ?? []) expect((chunk as Buffer).length).toBe(CHUNK_BYTES);
    expect(source.count()).toBe(CHUNKS);
    expect(source.heldBytes()).toBe(heldBefore + (CHUNKS - countBefore) * CHUNK_BYTES);
  });
});
