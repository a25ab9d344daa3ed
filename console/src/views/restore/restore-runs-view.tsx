import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { RestoreRun } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Page } from '../../components/page';
import { Pager } from '../../components/pager';
import { StatusBadge } from '../../components/status-badge';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { useLoaded } from '../../components/use-loaded';
import { useRestoreRun } from '../../components/use-run';
import { formatDuration } from '../../formats/duration';
import { formatTime } from '../../formats/time';
import { hrefOf } from '../../routing/route';
import { texts } from '../../texts/texts';
import { LiveProgress } from '../backups/live-progress';
import { isRunOver } from './run';
import { isKept } from './run-actions';
import { runName } from './run-name';

/** Runs carry their logs and manifests: a page of them is larger than one of backups. */
const PAGE_SIZE = 20;

/** Everything that was checked, rehearsed, restored and undone, newest first. */
export function RestoreRunsView() {
  const { list } = texts().restore;
  const offset = useSignal(0);
  const [loaded, reload] = useLoaded(
    () =>
      outcomeOf(api.GET('/api/backups/restores', { params: { query: { limit: PAGE_SIZE, offset: offset.value } } })),
    [offset.value],
  );
  const { value, failure } = loaded.value;
  return (
    <Page title={list.title}>
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined ? (
        <p class="quiet">{failure === undefined ? texts().common.loading : ''}</p>
      ) : (
        <div class="panel">
          <RunTable runs={value.items} onEnd={reload} />
          <Pager
            offset={offset.value}
            limit={PAGE_SIZE}
            total={value.total}
            onOffset={(next) => (offset.value = next)}
          />
        </div>
      )}
    </Page>
  );
}

function RunTable({ runs, onEnd }: { readonly runs: readonly RestoreRun[]; readonly onEnd: () => void }) {
  const { backups, restore } = texts();
  const { columns: names } = restore.list;
  const followedId = runs.find((run) => !isRunOver(run))?.id;
  const columns: readonly Column<RestoreRun>[] = [
    { key: 'run', title: names.run, cell: (run) => <NameCell run={run} /> },
    {
      key: 'of',
      title: names.of,
      cell: ({ artifact_id: id }) => (id === 0 ? '–' : <a href={hrefOf(`/backups/${id}`)}>{backups.number(id)}</a>),
    },
    {
      key: 'state',
      title: names.state,
      cell: (run) =>
        run.id === followedId ? <FollowedState run={run} onEnd={onEnd} /> : <StatusBadge status={run.status} />,
    },
    { key: 'begun', title: names.begun, cell: ({ created_at: at }) => <Time at={at} /> },
    { key: 'took', title: names.took, align: 'end', cell: tookText },
    { key: 'by', title: names.by, cell: ({ requested_by: by }) => by },
  ];
  return (
    <Table
      caption={restore.list.title}
      columns={columns}
      rows={runs}
      keyOf={({ id }) => id}
      empty={restore.list.empty}
    />
  );
}

function NameCell({ run }: { readonly run: RestoreRun }) {
  const { list } = texts().restore;
  const undoableUntil = run.status === 'success' ? run.rollback_until : undefined;
  return (
    <span class="stacked">
      <a href={hrefOf(`/restores/${run.id}`)}>{runName(run)}</a>
      {run.into === undefined ? null : <span class="quiet">{list.into(run.into)}</span>}
      {undoableUntil === undefined || Date.parse(undoableUntil) <= Date.now() ? null : (
        <span class="quiet">{list.undoable(formatTime(undoableUntil))}</span>
      )}
      {isKept(run, Date.now()) && run.kept_until !== undefined ? (
        <span class="quiet">{list.kept(formatTime(run.kept_until))}</span>
      ) : null}
    </span>
  );
}

function FollowedState({ run, onEnd }: { readonly run: RestoreRun; readonly onEnd: () => void }) {
  const { item = run } = useRestoreRun(run.id).value;
  const hasEnded = isRunOver(item);
  useEffect(() => {
    if (hasEnded) onEnd();
  }, [hasEnded]);
  return (
    <span class="stacked">
      <StatusBadge status={item.status} />
      {item.progress === undefined || isRunOver(item) ? null : <LiveProgress progress={item.progress} />}
    </span>
  );
}

function tookText({ created_at: begun, finished_at: ended }: RestoreRun): string {
  return ended === undefined ? '–' : formatDuration((Date.parse(ended) - Date.parse(begun)) / 1000);
}
