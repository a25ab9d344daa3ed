import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../errors/app-error';
import { errorBody } from '../errors/error-body';

/** What could not be read as a request, and so never came to a route. */
export interface UnreadableRequest {
  readonly status: number;
  readonly requestId: string;
  readonly remoteAddress: string | undefined;
}

const STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
const REASON: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/**
 * Answers what is no request with the envelope that every error has, and closes the connection.
 *
 * @param onUnreadable is told of each that was answered; one whose client only went away is none
 */
export function answerClientErrors(server: Server, onUnreadable: (request: UnreadableRequest) => void): void {
  const current = new WeakMap<Socket, ServerResponse>();
  server.on('request', (request, response) => current.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = current.get(socket);
    // The body of a request that has come to its route: it is recorded there, and bytes of ours would go into its answer.
    const isUnderWay = response !== undefined && !response.closed;
    if (isUnderWay || !socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status = STATUS[error.code ?? ''] ?? 400;
    const requestId = randomUUID();
    onUnreadable({ status, requestId, remoteAddress: socket.remoteAddress });
    const body = JSON.stringify(errorBody(new AppError('backups.invalid_request'), requestId));
    const head = [
      `HTTP/1.1 ${status} ${REASON[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'X-Content-Type-Options: nosniff',
      'Connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    socket.destroySoon();
  });
}
