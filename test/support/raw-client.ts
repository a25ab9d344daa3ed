import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Opens a connection to a service, from an address of this machine if one is given. */
export async function openSocket(url: string, from?: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  socket.setEncoding('utf8').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends text as it is and reads until the other side closes. */
export async function exchange(url: string, text: string, from?: string): Promise<string> {
  const socket = await openSocket(url, from);
  socket.write(text);
  let answer = '';
  for await (const data of socket as AsyncIterable<string>) answer += data;
  return answer;
}

/** The status of an answer; 0 for none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
}

/** Sends many requests over one connection, one after the other, and tells how often each status came. */
export async function hammer(
  url: string,
  requests: readonly string[],
  from: string,
  count: (status: number) => void,
): Promise<void> {
  const socket = await openSocket(url, from);
  try {
    for (const request of requests) {
      socket.write(request);
      count(await nextStatus(socket));
    }
  } finally {
    socket.destroy();
  }
}

/** Reads one answer with a length, and nothing behind it. */
async function nextStatus(socket: Socket): Promise<number> {
  let text = '';
  for (;;) {
    const [data] = (await once(socket, 'data')) as [string];
    text += data;
    const end = text.indexOf('\r\n\r\n');
    const length = /\r\nContent-Length: (\d+)/i.exec(text)?.[1];
    if (end > 0 && length !== undefined && Buffer.byteLength(text.slice(end + 4)) >= Number(length))
      return statusOf(text);
  }
}
