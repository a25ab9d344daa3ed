import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { containerOf } from '../support/containers';
import { eventually } from '../support/eventually';
import { openSocket } from '../support/raw-client';
import type { Attack } from './round';

/** Uploads that fall silent give their places back; headers that never end keep no other caller from an answer. */
export const slowClients: Attack = async ({ service, isShort }, round) => {
  const sockets: Socket[] = [];
  const open = async (text: string): Promise<Socket> => {
    const socket = await openSocket(service.url);
    sockets.push(socket);
    socket.write(text);
    return socket;
  };
  const isTidy = async (): Promise<boolean> =>
    (await readdir(service.storagePath)).every((name) => !name.startsWith('.'));
  try {
    for (let i = 0; i < 300; i += 1) await open(`GET /api/backups HTTP/1.1\r\nHost: x\r\nX-Slow: ${i}`);
    const headers = [...sockets];
    const { status } = await service.client.get('/auth/me');
    round.attempt(['an administrator beside slow headers', status], status === 200);

    const start = (await containerOf([{ name: 'data/0', plain: Buffer.alloc(100_000, 1) }])).subarray(0, 2_000);
    const token = await service.token('admin');
    const head =
      `POST /api/backups/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 900000\r\n\r\n' +
      '--b\r\nContent-Disposition: form-data; name="file"; filename="x.bscc"\r\n\r\n';
    const answers = Array.from({ length: 4 }, async () => {
      const socket = await open(head);
      socket.write(start);
      const [data] = (await once(socket, 'data')) as [string];
      return Number(/^HTTP\/1\.1 (\d+)/.exec(data)?.[1] ?? 0);
    });
    for (const answer of await Promise.all(answers)) round.request('a silent upload', answer, (code) => code === 400);
    await service.idle();
    await eventually(isTidy);
    const after = await service.client.upload([Buffer.from('not a container')]);
    // 409 would say that the places are still taken.
    round.request('an upload afterwards', after.status, (code) => code === 400);
    await after.arrayBuffer();
    if (isShort) return;
    await Promise.all(headers.map(async (socket) => socket.closed || (await once(socket.resume(), 'close'))));
    headers.forEach(() => round.request('slow headers', 408));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
};
