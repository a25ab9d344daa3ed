import createClient from 'openapi-fetch';
import { noteUnreachable } from '../session/connection';
import { csrfToken, noteFailure } from '../session/state';
import { fetchOrEarly } from './early';
import { type Failure, failureOf } from './failure';
import type { paths } from './schema';

/** What became of a call: errors are values, which every caller has to look at. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** The routes of docs/openapi.json; their errors are read by {@link outcomeOf}. */
export const api = createClient<paths>({
  credentials: 'same-origin',
  headers: { Accept: 'application/json' },
  fetch: fetchOrEarly,
});

api.use({
  onRequest({ request }) {
    if (request.method !== 'GET' && request.method !== 'HEAD') request.headers.set('X-CSRF-Token', csrfToken());
    return request;
  },
});

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** Waits for a call of {@link api}, and tells the whole page of an ended session and of maintenance. */
export async function outcomeOf<T>(call: Promise<Answer<T>>): Promise<Outcome<T>> {
  const outcome = await readAnswer(call);
  if (!outcome.ok) noteFailure(outcome.failure);
  if (!outcome.ok && outcome.failure.kind === 'unreachable') noteUnreachable();
  return outcome;
}

/** The same without telling the page: for calls of people who have no session yet. */
export async function readAnswer<T>(call: Promise<Answer<T>>): Promise<Outcome<T>> {
  try {
    const { data, error, response } = await call;
    if (data !== undefined) return { ok: true, value: data };
    return { ok: false, failure: failureOf(response.status, error) };
  } catch {
    return { ok: false, failure: { kind: 'unreachable' } };
  }
}
