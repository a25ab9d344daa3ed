import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useCallback, useLayoutEffect } from 'preact/hooks';
import type { Outcome } from '../api/client';
import type { Failure } from '../api/failure';
import { returns } from '../session/connection';

/** Something that was asked for; what was there before stays while it is asked for again. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  readonly isLoading: boolean;
}

/**
 * Asks when the view appears, whenever `inputs` change, and when the service is back after it was away; an answer that comes too late is dropped.
 *
 * @returns what there is, and a function that asks again
 */
export function useLoaded<T>(
  load: () => Promise<Outcome<T>>,
  inputs: readonly unknown[],
): readonly [ReadonlySignal<Loaded<T>>, () => void] {
  const loaded = useSignal<Loaded<T>>({ value: undefined, failure: undefined, isLoading: true });
  const turn = useSignal(0);
  // Not after the next frame: the question can be on its way while the browser paints.
  useLayoutEffect(() => {
    let isCurrent = true;
    loaded.value = { ...loaded.peek(), isLoading: true };
    void load().then((outcome) => {
      if (!isCurrent) return;
      const { value } = loaded.peek();
      loaded.value = outcome.ok
        ? { value: outcome.value, failure: undefined, isLoading: false }
        : { value, failure: outcome.failure, isLoading: false };
    });
    return () => {
      isCurrent = false;
    };
  }, [...inputs, turn.value, returns.value]);
  const reload = useCallback(() => {
    turn.value += 1;
  }, [turn]);
  return [loaded, reload];
}
