import { effect, signal } from '@preact/signals';
import { session } from './state';

/** Since when nothing answers; `undefined` while the service does, as far as this page knows. */
export const lostSince = signal<Date | undefined>(undefined);

/** Counts how often the service has come back: what was asked for before is asked for anew. */
export const returns = signal(0);

const LOOK_MS = 15_000;
const RETRY_MS = 3_000;
/** An answer that takes longer is none: a connection to a machine that is gone hangs. */
const PATIENCE_MS = 10_000;

export function noteUnreachable(): void {
  lostSince.value ??= new Date();
}

/** Asks for the page itself, which answers without a session, through maintenance, and leaves no record in the audit log. */
async function look(): Promise<void> {
  try {
    const { ok } = await fetch('/', { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!ok) {
      noteUnreachable();
      return;
    }
    if (lostSince.peek() === undefined) return;
    lostSince.value = undefined;
    returns.value += 1;
  } catch {
    noteUnreachable();
  }
}

// A view that asks for nothing would show the past for ever.
effect(() => {
  if (session.value.state !== 'signed_in') return undefined;
  const timer = setInterval(
    () => {
      if (document.visibilityState === 'visible') void look();
    },
    lostSince.value === undefined ? LOOK_MS : RETRY_MS,
  );
  return () => clearInterval(timer);
});
