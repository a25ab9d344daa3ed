import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The time in milliseconds, each second anew while `isTicking`. */
export function useNow(isTicking: boolean): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => (now.value = Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now.value;
}
