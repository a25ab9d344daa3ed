import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../errors/app-error';
import { errorBody } from '../errors/error-body';
import { contextOf } from '../request/request-context';
import { isMet } from './well-formed';

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
 * Answers what is no request, or asks for something that is not HTTP, with the envelope that every error has, and closes
 * the connection.
 *
 * @param onUnreadable is told of each, even if its client has left before the answer; a client that only went away is none
 */
export function answerClientErrors(server: Server, onUnreadable: (request: UnreadableRequest) => void): void {
  const current = new WeakMap<Duplex, ServerResponse>();
  const refuse = (socket: Duplex, status: number, remoteAddress: string | undefined): void => {
    const requestId = randomUUID();
    onUnreadable({ status, requestId, remoteAddress });
    const answer = (): void => {
      if (socket.writable) socket.end(answerOf(status, requestId), () => socket.destroy());
      else socket.destroy();
    };
    // Behind a request whose answer is not out yet: it comes first.
    const response = current.get(socket);
    if (response === undefined || response.closed) answer();
    else response.once('close', answer);
  };
  server.on('request', (request, response) => current.set(request.socket, response));
  // Node itself would answer these without a body, or not at all.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  );
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (isMet(request.headers.expect)) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, 400, request.socket.remoteAddress);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = current.get(socket);
    const status = STATUS[error.code ?? ''] ?? 400;
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    // The body of a request that has come to its route, which is recorded there.
    else if (response !== undefined && !response.closed && !response.req.complete)
      answerForBody(response, socket, status);
    else refuse(socket, status, socket.remoteAddress);
  });
}

/** Where an answer has begun, or that of the request before is not out yet, bytes of ours would go into it. */
function answerForBody(response: ServerResponse, socket: Socket, status: number): void {
  if (response.headersSent || response.socket !== socket) socket.destroy();
  else socket.end(answerOf(status, contextOf(response.req).id), () => socket.destroy());
}

function answerOf(status: number, requestId: string): string {
  const body = JSON.stringify(errorBody(new AppError('backups.invalid_request'), requestId));
  const head = [
    `HTTP/1.1 ${status} ${REASON[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
