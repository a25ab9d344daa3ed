import { Page } from '../../components/page';
import { ProgressBar } from '../../components/progress';
import { StatusBadge } from '../../components/status-badge';
import { StreamNotice } from '../../components/stream-notice';
import { useRestoreRun } from '../../components/use-run';
import { texts } from '../../texts/texts';

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
  const current = item?.steps.find(({ status }) => status === 'running');
  return (
    <section aria-label={maintenance.run(id)}>
      <div class="actions">
        <strong>
          <a href={`#/restores/${id}`}>{maintenance.run(id)}</a>
        </strong>
        {item === undefined ? null : <StatusBadge status={item.status} />}
        <StreamNotice stream={stream} />
      </div>
      {item?.progress === undefined ? null : <ProgressBar progress={item.progress} label={maintenance.run(id)} />}
      {current === undefined ? null : <p class="quiet">{current.name}</p>}
      {stream.state === 'ended' ? <p role="status">{maintenance.ending}</p> : null}
    </section>
  );
}
