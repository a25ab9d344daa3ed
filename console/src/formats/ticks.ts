const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

/**
 * Words for the marks of a time axis, as exact as their distance asks for. Marks that would say the same as the one before
 * say nothing.
 *
 * @param times in seconds since 1970
 */
export function formatTicks(times: readonly number[], stepSeconds: number, locale: string): string[] {
  const format = new Intl.DateTimeFormat(locale, optionsFor(stepSeconds));
  const labels = times.map((at) => format.format(new Date(at * 1000)));
  return labels.map((label, index) => (label === labels[index - 1] ? '' : label));
}

function optionsFor(stepSeconds: number): Intl.DateTimeFormatOptions {
  if (stepSeconds >= DAY_SECONDS) return { day: 'numeric', month: 'short' };
  const minutes: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  return stepSeconds < MINUTE_SECONDS ? { ...minutes, second: '2-digit' } : minutes;
}

/**
 * First and last time of an axis. A single time gets the day around it: the library itself makes years of it, whose marks
 * all say the same.
 *
 * @param times in seconds since 1970, ascending
 */
export function spanOf(times: ArrayLike<number>): [number, number] {
  const first = times[0] ?? 0;
  const last = times[times.length - 1] ?? first;
  return first === last ? [first - DAY_SECONDS / 2, last + DAY_SECONDS / 2] : [first, last];
}
