import { locale } from '../texts/language';

/** Date and time by the clocks of the person at the page, whose zone it names. */
export function formatTime(at: Date | string): string {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  };
  return new Intl.DateTimeFormat(locale(), options).format(new Date(at));
}

/** The same with seconds and zone, for those who compare it with a log. */
export function formatExactTime(at: Date | string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'long' }).format(new Date(at));
}

/** The zone of the clocks of the person at the page. */
export function zoneName(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Date and time by the clocks of a zone, which it names. */
export function formatTimeIn(at: string, timeZone: string): string {
  const options: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  };
  try {
    return new Intl.DateTimeFormat(locale(), { ...options, timeZone }).format(new Date(at));
  } catch {
    // The zone is being typed.
    return new Intl.DateTimeFormat(locale(), options).format(new Date(at));
  }
}

export function formatClock(at: Date | string): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'long' }).format(new Date(at));
}

export function formatDay(at: Date | string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(new Date(at));
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** How long ago or ahead a time is: "3 hours ago". */
export function formatRelative(at: Date | string, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return format.format(Math.round(seconds / size), unit);
}
