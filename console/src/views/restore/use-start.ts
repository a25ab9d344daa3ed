import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { Outcome } from '../../api/client';
import type { Failure } from '../../api/failure';

/** Something that is asked for once at a time. */
export interface Start {
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
}

/** @returns how it stands, and a function that asks unless it is being asked already */
export function useStart<T>(
  call: () => Promise<Outcome<T>>,
  onStarted: (value: T) => void,
): readonly [ReadonlySignal<Start>, () => void] {
  const start = useSignal<Start>({ isBusy: false, failure: undefined });
  const ask = async (): Promise<void> => {
    if (start.peek().isBusy) return;
    start.value = { isBusy: true, failure: undefined };
    const outcome = await call();
    start.value = { isBusy: false, failure: outcome.ok ? undefined : outcome.failure };
    if (outcome.ok) onStarted(outcome.value);
  };
  return [start, () => void ask()];
}
