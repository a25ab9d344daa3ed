import { useSignal } from '@preact/signals';
import { Page } from '../../components/page';
import { Notice } from '../../components/notice';
import { Panel } from '../../components/panel';
import { StreamNotice } from '../../components/stream-notice';
import { useRestoreRun } from '../../components/use-run';
import type { StreamState } from '../../api/event-stream';
import type { RestoreRun } from '../../api/types';
import { hrefOf } from '../../routing/route';
import { may } from '../../session/permissions';
import { texts } from '../../texts/texts';
import { isRunOver } from './run';
import { RunButtons } from './run-buttons';
import { RunFacts } from './run-facts';
import { RunFailure } from './run-failure';
import { RunFindings } from './run-findings';
import { RunLeftOut } from './run-left-out';
import { RunLog } from './run-log';
import { RunMoment } from './run-moment';
import { runName } from './run-name';
import { RunSteps } from './run-steps';

/** One run, live to its end: through maintenance, a lost connection and a restart of the service. */
export function RestoreRunView({ id }: { readonly id: number }) {
  const { restore } = texts();
  const { item, stream } = useRestoreRun(id).value;
  const changed = useSignal<RestoreRun | undefined>(undefined);
  const run = changed.value ?? item;
  return (
    <Page title={run === undefined ? restore.number(id) : runName(run)}>
      <p>
        <a href="#/restores">← {restore.watch.back}</a>
      </p>
      {run === undefined ? (
        <NotThereYet stream={stream} />
      ) : (
        <Watched run={run} stream={stream} onChange={(next) => (changed.value = next)} />
      )}
    </Page>
  );
}

function NotThereYet({ stream }: { readonly stream: StreamState }) {
  const isGone = stream.state === 'failed' && stream.failure.kind === 'refused' && stream.failure.status === 404;
  return isGone ? <p>{texts().restore.watch.noSuch}</p> : <StreamNotice stream={stream} />;
}

interface Props {
  readonly run: RestoreRun;
  readonly stream: StreamState;
  readonly onChange: (run: RestoreRun) => void;
}

function Watched({ run, stream, onChange }: Props) {
  const { watch, after } = texts().restore;
  const isWell = run.status === 'success';
  return (
    <>
      <RunMoment run={run} stream={stream} />
      <RunFailure run={run} />
      {isWell && (run.mode === 'restore' || run.mode === 'rehearse') ? <RunLeftOut run={run} /> : null}
      {run.written_meanwhile === undefined ? null : (
        <Notice tone="warning" title={after.writtenMeanwhile}>
          <p lang="en">{run.written_meanwhile}</p>
        </Notice>
      )}
      <RunButtons run={run} onChange={onChange} />
      {isWell && run.dry_run && may('backups.restore') ? (
        <p>
          <a class="button button-primary" href={hrefOf(`/restore/${run.artifact_id}`)}>
            {after.goOn}
          </a>
        </p>
      ) : null}
      <div class="panels">
        <Panel title={watch.steps} wide={!isRunOver(run)}>
          <RunSteps run={run} />
        </Panel>
        <Panel title={texts().backups.details.facts}>
          <RunFacts run={run} />
        </Panel>
      </div>
      <RunFindings run={run} />
      <RunLog run={run} />
    </>
  );
}
