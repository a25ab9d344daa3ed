import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { releaseBytes } from '../../engine/bytes/release-bytes';

const READ_AHEAD_BYTES = 1024 * 1024;

/**
 * A stream for one response that frees the memory of each chunk as soon as the system has taken it. When chunks were left to
 * the garbage collector, a download of 140 MB took 150 MB of memory.
 *
 * @param chunks no other code holds them
 * @param response the stream must be piped into it directly: bytes that wait elsewhere would be freed before they are sent
 */
export function freedWhenSent(chunks: AsyncIterable<Buffer>, response: ServerResponse): Readable {
  const passed = async function* (): AsyncGenerator<Buffer, void, undefined> {
    const unsent: { readonly chunk: Buffer; readonly endsAt: number }[] = [];
    let passedBytes = 0;
    for await (const chunk of chunks) {
      passedBytes += chunk.length;
      unsent.push({ chunk, endsAt: passedBytes });
      yield chunk;
      const sentBytes = passedBytes - waitingBytes(stream, response);
      while (unsent[0] !== undefined && unsent[0].endsAt <= sentBytes) {
        const sent = unsent.shift();
        if (sent !== undefined) releaseBytes(sent.chunk);
      }
    }
  };
  const stream = Readable.from(passed(), { objectMode: false, highWaterMark: READ_AHEAD_BYTES });
  return stream;
}

/**
 * Bytes that the system has not taken yet. A socket counts bytes until the system confirms the write. If the connection is
 * gone, a write may still be under way: then all bytes count as waiting.
 */
function waitingBytes(stream: Readable, response: ServerResponse): number {
  const { socket } = response;
  if (socket === null || socket.destroyed) return Infinity;
  return stream.readableLength + response.writableLength;
}
