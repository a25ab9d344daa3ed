import { texts } from '../texts/texts';

/** Duration for people, in its two largest units. */
export function formatDuration(seconds: number): string {
  const { duration } = texts().common;
  const whole = Math.max(0, Math.round(seconds));
  const parts: readonly [number, (count: number) => string][] = [
    [Math.floor(whole / 86_400), duration.days],
    [Math.floor((whole % 86_400) / 3600), duration.hours],
    [Math.floor((whole % 3600) / 60), duration.minutes],
    [whole % 60, duration.seconds],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return seconds > 0 ? `< ${duration.seconds(1)}` : duration.seconds(0);
  return parts
    .slice(first, first + 2)
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, format]) => format(count))
    .join(' ');
}

/** The same as a stopwatch shows it, for the axes of pictures: 1:40 is a hundred seconds. */
export function formatStopwatch(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const padded = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}
