import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RestoreRun } from '../../api/types';
import { StreamNotice } from '../../components/stream-notice';
import { Time } from '../../components/time';
import { useRestoreRun } from '../../components/use-run';
import { hrefOf } from '../../routing/route';
import { codeText } from '../../texts/failure-text';
import { texts } from '../../texts/texts';
import { LiveProgress } from '../backups/live-progress';
import { PathStep } from './path-step';
import type { Prepared } from './preparation';
import { findingsOf, isRunOver } from './run';
import { runName, stepName } from './run-name';

interface Props {
  readonly title: string;
  readonly explain: string;
  readonly state: Prepared;
  readonly isNext: boolean;
  readonly run: RestoreRun | undefined;
  /** What it proves when it ended well. */
  readonly good: string;
  readonly onEnd: () => void;
  /** How it is started. */
  readonly children: ComponentChildren;
}

/** A step that is a dry run: not done, under way, or what came of it. */
export function DryRunStep({ title, explain, state, isNext, run, good, onEnd, children }: Props) {
  return (
    <PathStep title={title} state={state} isNext={isNext}>
      <p>{explain}</p>
      {run === undefined ? null : state === 'running' ? (
        <Running key={run.id} run={run} onEnd={onEnd} />
      ) : (
        <Ended run={run} good={good} />
      )}
      {state === 'running' ? null : children}
    </PathStep>
  );
}

function Running({ run, onEnd }: { readonly run: RestoreRun; readonly onEnd: () => void }) {
  const { item = run, stream } = useRestoreRun(run.id).value;
  const hasEnded = isRunOver(item);
  useEffect(() => {
    if (hasEnded) onEnd();
  }, [hasEnded]);
  const step = item.steps.find(({ status }) => status === 'running');
  return (
    <div class="running">
      <p role="status">
        <a href={hrefOf(`/restores/${run.id}`)}>{runName(run)}</a> {step === undefined ? '' : stepName(step.name)}{' '}
        {hasEnded ? null : <StreamNotice stream={stream} />}
      </p>
      {item.progress === undefined ? null : <LiveProgress progress={item.progress} />}
    </div>
  );
}

/** What came of the newest run, in a line; the run itself has the rest. */
function Ended({ run, good }: { readonly run: RestoreRun; readonly good: string }) {
  const { watch } = texts().restore;
  const findings = findingsOf(run);
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const warnings = findings.length - problems;
  const isGood = run.status === 'success';
  return (
    <p role="status">
      {isGood ? good : codeText(run.error_code ?? '', run.error_message ?? '')}{' '}
      {problems === 0 ? '' : `${watch.problems(problems)}. `}
      {warnings === 0 ? '' : `${watch.warnings(warnings)}. `}
      <a href={hrefOf(`/restores/${run.id}`)}>{runName(run)}</a>, <Time at={run.created_at} />
    </p>
  );
}
