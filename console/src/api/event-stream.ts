import { noteFailure } from '../session/state';
import { EventParser } from './event-parser';
import { type Failure, failureOf } from './failure';
import { isRecord, textIn } from './narrow';

/** How a stream is doing, so that the page can say what is true. */
export type StreamState =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The connection broke; what is shown is as old as `since`. */
  | { readonly state: 'broken'; readonly since: Date }
  /** The run has ended. */
  | { readonly state: 'ended' }
  /** It cannot go on: signed out, forbidden, or the run is gone. */
  | { readonly state: 'failed'; readonly failure: Failure };

export interface StreamListener {
  /** Called with each event's data, which is the whole answer of the route. */
  readonly onData: (data: unknown) => void;
  readonly onState: (state: StreamState) => void;
}

/** The service sends a comment every 15 seconds: three that are missed mean that nothing comes through. */
const SILENCE_MS = 45_000;
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Follows a run until it has ended, `signal` is aborted, or coming back makes no sense. A connection that breaks or falls
 * silent is made again with `Last-Event-ID`, after growing pauses.
 */
export async function followEvents(path: string, listener: StreamListener, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let tries = 0;
  let heardAt = new Date();
  listener.onState({ state: 'connecting' });
  const readOnce = (): Promise<'ended' | 'broken' | Failure> =>
    readStream(path, lastId, signal, {
      onOpen: () => listener.onState({ state: 'live' }),
      onHeard: () => (heardAt = new Date()),
      onEvent: (id, data) => {
        tries = 0;
        lastId = id ?? lastId;
        listener.onData(data);
      },
    });
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    const end = await readOnce();
    if (isOver()) return;
    if (end === 'ended') {
      listener.onState({ state: 'ended' });
      return;
    }
    if (end !== 'broken') noteFailure(end);
    if (end !== 'broken' && end.kind !== 'unreachable' && end.kind !== 'maintenance') {
      listener.onState({ state: 'failed', failure: end });
      return;
    }
    const pauseMs = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 1_000;
    tries += 1;
    listener.onState({ state: 'broken', since: heardAt });
    await pause(pauseMs, signal);
  }
}

interface Reading {
  readonly onOpen: () => void;
  readonly onHeard: () => void;
  readonly onEvent: (id: string | undefined, data: unknown) => void;
}

/** Whether an event is the last one of its run. */
function isLast(data: unknown): boolean {
  const status = textIn(isRecord(data) ? data['item'] : undefined, 'status');
  return status === 'success' || status === 'failed' || status === 'canceled';
}

/** One connection. A stream that ends before the run does was cut. */
async function readStream(
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
  { onOpen, onHeard, onEvent }: Reading,
): Promise<'ended' | 'broken' | Failure> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await fetch(path, {
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { Accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }) },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (response.status === 204) return 'ended';
    if (!response.ok || response.body === null)
      return failureOf(response.status, await response.json().catch(() => undefined));
    onOpen();
    const parser = new EventParser();
    let ended = false;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ended ? 'ended' : 'broken';
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      onHeard();
      for (const event of parser.push(value)) {
        const data: unknown = JSON.parse(event.data);
        ended = isLast(data);
        onEvent(event.id, data);
      }
    }
  } catch {
    return 'broken';
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, but not longer than until the network is back. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      window.removeEventListener('online', finish);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    window.addEventListener('online', finish);
    signal.addEventListener('abort', finish);
  });
}
