import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections on which no byte moves in either direction while it is the client's turn. Work of ours may take as
 * long as it takes: going through the whole audit log, or reading a large file that has arrived once more.
 */
export function endIdleConnections(server: Server, idleMs: number): void {
  const current = new WeakMap<Socket, ServerResponse>();
  server.on('request', (request, response) => current.set(request.socket, response));
  server.setTimeout(idleMs, (socket: Socket) => {
    const response = current.get(socket);
    if (response !== undefined && isOurTurn(response, socket)) socket.setTimeout(idleMs);
    else socket.destroy();
  });
}

/** All that was asked has come, and all that was answered so far has been taken. */
function isOurTurn(response: ServerResponse, socket: Socket): boolean {
  return response.req.complete && !response.writableEnded && socket.writableLength === 0;
}
