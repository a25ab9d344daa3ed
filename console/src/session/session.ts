import { effect } from '@preact/signals';
import { READS_KEY } from '../api/early';
import { storeChoice } from '../theme/stored-choice';
import { api, type Outcome, outcomeOf, readAnswer } from '../api/client';
import type { Me } from '../api/types';
import { maintenance, session } from './state';

/** Pauses while the service is away or closed by a restore. */
const RETRY_MS = 3_000;

function enter(outcome: Outcome<Me>): Outcome<Me> {
  if (outcome.ok) {
    maintenance.value = undefined;
    session.value = { state: 'signed_in', me: outcome.value };
    storeChoice(READS_KEY, outcome.value.user.permissions.includes('backups.read') ? 'yes' : 'no');
  }
  return outcome;
}

/** Asks who is at the page. */
export async function readSession(): Promise<void> {
  const outcome = enter(await outcomeOf(api.GET('/api/auth/me')));
  if (outcome.ok) return;
  if (outcome.failure.kind !== 'maintenance') maintenance.value = undefined;
  const { state } = session.peek();
  if (outcome.failure.kind !== 'maintenance' && outcome.failure.kind !== 'session_over' && state === 'starting')
    session.value = { state: 'unreachable' };
}

// The stream of a restore tells of the run, but not of when the service is open again: that can only be asked.
effect(() => {
  const isWaiting = maintenance.value !== undefined || session.value.state === 'unreachable';
  if (!isWaiting) return undefined;
  const timer = setInterval(() => void readSession(), RETRY_MS);
  return () => clearInterval(timer);
});

/** Signs in with a token, which goes into a cookie that no script can read. */
export async function signInWithToken(token: string): Promise<Outcome<Me>> {
  return enter(await readAnswer(api.POST('/api/auth/session', { headers: { Authorization: `Bearer ${token}` } })));
}

/** Signs in with the code of the address that the service printed when it started. */
export async function signInWithCode(code: string): Promise<Outcome<Me>> {
  return enter(await readAnswer(api.POST('/api/auth/session', { body: { one_time_code: code } })));
}

/** Ends the session here and, where there is a provider, there. */
export async function signOut(): Promise<void> {
  const outcome = await outcomeOf(api.DELETE('/api/auth/session'));
  if (!outcome.ok) return;
  session.value = { state: 'signed_out', reason: 'ended' };
  const { end_session_url: elsewhere } = outcome.value;
  if (elsewhere !== undefined) window.location.assign(elsewhere);
}
