import type { Progress } from '../../api/types';
import { formatBytes } from '../../formats/bytes';
import { formatDuration } from '../../formats/duration';
import { formatNumber, formatPercent } from '../../formats/numbers';
import { texts } from '../../texts/texts';
import { progressView, type ProgressView } from './progress-view';

/** How far a backup or a restore is: what is done now, how much of it, the time left, and the tables that are copied. */
export function LiveProgress({ progress }: { readonly progress: Progress }) {
  const { backups, common } = texts();
  const view = progressView(progress);
  const phase = phaseText(view.phase);
  const facts = [
    ...(view.percent === undefined ? [] : [common.progress.percent(formatPercent(view.percent))]),
    ...(progress.bytes_done === 0 ? [] : [bytesText(progress)]),
    ...(view.secondsLeft === undefined ? [] : [common.progress.left(formatDuration(view.secondsLeft))]),
  ];
  return (
    <div class="progress">
      <span class="progress-phase">{phase}</span>
      <progress max={100} aria-label={phase} {...(view.percent === undefined ? {} : { value: view.percent })} />
      <span class="progress-facts">{facts.join(' · ')}</span>
      {view.tables === undefined ? null : (
        <>
          <span class="progress-facts">
            {backups.tablesDone(formatNumber(view.tables.done), formatNumber(view.tables.total))}
          </span>
          <CurrentTables tables={view.tables} />
        </>
      )}
    </div>
  );
}

function CurrentTables({ tables }: { readonly tables: NonNullable<ProgressView['tables']> }) {
  if (tables.current.length === 0) return null;
  return (
    <ul class="current-tables" aria-label={texts().backups.tablesNow}>
      {tables.current.map(({ table, percent }) => (
        <li key={table}>
          <span class="name">{table}</span>
          <meter min={0} max={100} value={percent} aria-label={table} />
          <span class="number">{formatPercent(percent)}</span>
        </li>
      ))}
    </ul>
  );
}

function bytesText({ bytes_done: done, bytes_total: total }: Progress): string {
  const { progress } = texts().common;
  return total === undefined
    ? progress.bytesDone(formatBytes(done))
    : progress.bytes(formatBytes(done), formatBytes(total));
}

/** A phase in words; the service's own word for one that is newer than this page. */
function phaseText(phase: string): string {
  const phases: Readonly<Record<string, string>> = texts().backups.phases;
  return phases[phase] ?? phase;
}
