import type { Progress } from '../api/types';
import { formatBytes } from '../formats/bytes';
import { formatDuration } from '../formats/duration';
import { formatPercent } from '../formats/numbers';
import { texts } from '../texts/texts';

interface Props {
  readonly progress: Progress;
  /** What makes progress, for people who do not see the bar. */
  readonly label: string;
}

/** How far a run is: percent, bytes, and the time left where the service knows it. */
export function ProgressBar({ progress, label }: Props) {
  const { progress: text } = texts().common;
  const { percent, bytes_done: done, bytes_total: total, eta_seconds: left } = progress;
  const facts = [
    text.percent(formatPercent(percent)),
    ...(done === 0
      ? []
      : [total === undefined ? text.bytesDone(formatBytes(done)) : text.bytes(formatBytes(done), formatBytes(total))]),
    ...(left === undefined ? [] : [text.left(formatDuration(left))]),
  ];
  return (
    <div class="progress">
      <progress max={100} value={percent} aria-label={label} />
      <span class="progress-facts">{facts.join(' · ')}</span>
    </div>
  );
}
