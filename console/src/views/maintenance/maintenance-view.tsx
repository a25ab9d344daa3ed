import { Page } from '../../components/page';
import { StreamNotice } from '../../components/stream-notice';
import { useRestoreRun } from '../../components/use-run';
import { texts } from '../../texts/texts';
import { isRunOver } from '../restore/run';
import { RunMoment } from '../restore/run-moment';
import { runName } from '../restore/run-name';
import { RunSteps } from '../restore/run-steps';

/** The restore that has closed the service, to its end. */
export function MaintenanceView({ restoreId }: { readonly restoreId: number | undefined }) {
  const { maintenance } = texts().common;
  return (
    <Page title={maintenance.title}>
      <p>{maintenance.explain}</p>
      {restoreId === undefined ? <p>{maintenance.unknownRun}</p> : <Run id={restoreId} />}
    </Page>
  );
}

function Run({ id }: { readonly id: number }) {
  const { maintenance } = texts().common;
  const { item, stream } = useRestoreRun(id).value;
  if (stream.state === 'failed') return <p>{maintenance.unknownRun}</p>;
  if (item === undefined) return <StreamNotice stream={stream} />;
  return (
    <section class="stack" aria-label={maintenance.run(id)}>
      <strong>
        <a href={`#/restores/${id}`}>{runName(item)}</a>
      </strong>
      <RunMoment run={item} stream={stream} />
      <RunSteps run={item} />
      {isRunOver(item) ? <p role="status">{maintenance.ending}</p> : null}
    </section>
  );
}
