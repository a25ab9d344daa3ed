import { formatExactTime, formatRelative, formatTime } from '../formats/time';

interface Props {
  readonly at: string;
  /** Shows how long ago it is instead of the date. */
  readonly relative?: boolean;
}

/** A time, with its exact form for the pointer and for programs. */
export function Time({ at, relative = false }: Props) {
  return (
    <time dateTime={at} title={formatExactTime(at)}>
      {relative ? formatRelative(at) : formatTime(at)}
    </time>
  );
}
