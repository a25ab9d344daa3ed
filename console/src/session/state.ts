import { signal } from '@preact/signals';
import type { Failure } from '../api/failure';
import type { Me } from '../api/types';

/** Who is at the page. */
export type Session =
  | { readonly state: 'starting' }
  /** Whether there is a session is not known, because nothing answers. */
  | { readonly state: 'unreachable' }
  | { readonly state: 'signed_out'; readonly reason: 'none' | 'expired' | 'ended' }
  | { readonly state: 'signed_in'; readonly me: Me };

export const session = signal<Session>({ state: 'starting' });

/** The restore that has closed the service, as far as this page knows. */
export const maintenance = signal<{ readonly restoreId: number | undefined } | undefined>(undefined);

/** What a failure of any call says about the whole page. */
export function noteFailure(failure: Failure): void {
  if (failure.kind === 'maintenance') maintenance.value = { restoreId: failure.restoreId };
  if (failure.kind === 'session_over' && session.peek().state !== 'signed_out')
    session.value = { state: 'signed_out', reason: session.peek().state === 'signed_in' ? 'expired' : 'none' };
}

/** For `X-CSRF-Token`; empty without a session. */
export function csrfToken(): string {
  const now = session.peek();
  return now.state === 'signed_in' ? now.me.csrf_token : '';
}
