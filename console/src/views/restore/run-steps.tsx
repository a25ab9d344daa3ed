import type { RestoreRun, RestoreStep } from '../../api/types';
import { Badge, toneOf } from '../../components/status-badge';
import { formatDuration } from '../../formats/duration';
import { texts } from '../../texts/texts';
import { LiveProgress } from '../backups/live-progress';
import { isRunOver, secondsOf, wasSkipped } from './run';
import { stepName } from './run-name';
import { useNow } from './use-now';

/** The steps of a run in their order, how long each took, and how far the one is that is under way. */
export function RunSteps({ run }: { readonly run: RestoreRun }) {
  const nowMs = useNow(!isRunOver(run));
  return (
    <ol class="steps" aria-label={texts().restore.watch.steps}>
      {run.steps.map((step) => (
        <li key={step.name} aria-current={step.status === 'running' ? 'step' : undefined}>
          <Step step={step} nowMs={nowMs} />
          {step.status === 'running' && run.progress !== undefined && !isRunOver(run) ? (
            <LiveProgress progress={run.progress} />
          ) : null}
        </li>
      ))}
    </ol>
  );
}

function Step({ step, nowMs }: { readonly step: RestoreStep; readonly nowMs: number }) {
  const { watch } = texts().restore;
  const seconds = secondsOf(step, nowMs);
  const isSkipped = wasSkipped(step);
  return (
    <div class="step">
      <span class="step-name">{stepName(step.name)}</span>
      <span class="step-time">{seconds === undefined || isSkipped ? '' : formatDuration(seconds)}</span>
      <Badge
        tone={isSkipped ? 'neutral' : toneOf(step.status)}
        text={isSkipped ? watch.skipped : watch.stepStates[step.status]}
      />
    </div>
  );
}
