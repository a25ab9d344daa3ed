import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { contextOf } from '../request/request-context';
import { AppError } from '../errors/app-error';
import type { LiveRows, Look } from './live-rows';
import { whenClosed } from './when-closed';

/** Proxies close connections that say nothing for a minute or so. */
const HEARTBEAT_MS = 15_000;

/** Streams of one caller at once: many tabs on many machines, but not any number of connections. */
const LISTENERS = 256;
/** Streams that are open, by caller. */
const listeners = new Map<string, number>();

/** Whether a caller wants to be told of changes instead of asking again and again. */
export function wantsEvents(request: Request): boolean {
  return request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream';
}

/**
 * Sends a row as server-sent events (HTML Living Standard, section 9.2), one for each change, until the row has ended. The id
 * of an event is the row's version:
 *
 * - A client that comes back with `Last-Event-ID` gets what it has missed. Each event is the whole item, so the newest
 *   replaces all that were missed.
 * - A client that has seen the end gets 204, which tells a browser not to come back.
 *
 * @param isClosing whether the service is going down, which ends the stream; its client comes back to another replica
 * @throws AppError `app.rate_limited` for a caller with too many streams; what reading the row for the first time throws
 */
export async function sendEvents(
  { request, response }: { request: Request; response: Response },
  rows: LiveRows,
  { id, isClosing, heartbeatMs = HEARTBEAT_MS }: EventSource,
): Promise<StreamableFile | undefined> {
  countListener(request, response);
  const first = await rows.look(id);
  const seen = Number(request.headers['last-event-id'] ?? NaN);
  if (first.isEnded && seen === first.version) {
    response.status(204);
    return undefined;
  }
  response.setHeader('Cache-Control', 'no-cache, no-store');
  // For nginx, which would keep events back until it has a bufferful.
  response.setHeader('X-Accel-Buffering', 'no');
  const gone = new AbortController();
  whenClosed(response, () => gone.abort());
  const isOver = (): boolean => gone.signal.aborted || isClosing();
  const events = Readable.from(eventsOf(rows, { id, first, seen, isOver, heartbeatMs }), { objectMode: false });
  return new StreamableFile(events, { type: 'text/event-stream' }).setErrorHandler(() => response.destroy());
}

/** @throws AppError `app.rate_limited` */
function countListener(request: Request, response: Response): void {
  const listener = contextOf(request).caller?.id ?? '';
  const open = listeners.get(listener) ?? 0;
  if (open >= LISTENERS) throw new AppError('app.rate_limited');
  listeners.set(listener, open + 1);
  whenClosed(response, () => {
    const left = (listeners.get(listener) ?? 1) - 1;
    if (left > 0) listeners.set(listener, left);
    else listeners.delete(listener);
  });
}

interface EventSource {
  id: number;
  isClosing: () => boolean;
  heartbeatMs?: number;
}

interface Watch {
  id: number;
  first: Look;
  /** Version of the last event that the client has. */
  seen: number;
  isOver: () => boolean;
  heartbeatMs: number;
}

async function* eventsOf(
  rows: LiveRows,
  { id, first, seen, isOver, heartbeatMs }: Watch,
): AsyncGenerator<string, void, undefined> {
  let sent = '';
  let saidAtMs = performance.now();
  let look: Look | undefined = first;
  yield 'retry: 2000\n\n';
  for (;;) {
    if (look !== undefined && look.json !== sent) {
      if (sent !== '' || look.version !== seen) {
        yield `id: ${look.version}\ndata: ${look.json}\n\n`;
        saidAtMs = performance.now();
      }
      sent = look.json;
    }
    if (look?.isEnded === true) return;
    look = await rows.later(id);
    if (isOver()) return;
    if (performance.now() - saidAtMs >= heartbeatMs) {
      yield ': still here\n\n';
      saidAtMs = performance.now();
    }
  }
}
