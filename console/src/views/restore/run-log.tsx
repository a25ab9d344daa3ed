import type { RestoreRun } from '../../api/types';
import { formatClock } from '../../formats/time';
import { texts } from '../../texts/texts';

/** The last lines of a run's log, for those who compare it with the log of the service. */
export function RunLog({ run }: { readonly run: RestoreRun }) {
  if (run.logs.length === 0) return null;
  return (
    <details class="log">
      <summary>{texts().restore.watch.log}</summary>
      <ol>
        {run.logs.map(({ at, level, message, details }, index) => (
          <li key={index} class={level === 'error' ? 'bad' : ''}>
            <time dateTime={at}>{formatClock(at)}</time> {message}{' '}
            <span class="quiet">{details === undefined ? '' : JSON.stringify(details)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
