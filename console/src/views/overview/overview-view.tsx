import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import type { Failure } from '../../api/failure';
import type { History, Integrity, Plan, StorageRoom } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Page } from '../../components/page';
import { useLoaded } from '../../components/use-loaded';
import { goTo } from '../../routing/router';
import { may } from '../../session/permissions';
import { texts } from '../../texts/texts';
import { Answer } from './answer';
import { Attention } from './attention';
import { Calendar } from './calendar';
import { daysOf } from './days';
import { StorageRooms } from './storage-rooms';
import { DurationTrend, SizeTrend } from './trends';

const DAYS = 90;
const REFRESH_MS = 60_000;

/** What the service says of itself now: nothing tells the page of alerts and new backups, so it asks while it is seen. */
function useRefresh(reload: () => void): void {
  useEffect(() => {
    const refresh = (): void => {
      if (document.visibilityState === 'visible') reload();
    };
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [reload]);
}

export function OverviewView() {
  const { overview, common } = texts();
  const [integrity, reloadIntegrity] = useLoaded(() => outcomeOf(api.GET('/api/backups/integrity')), []);
  const [plan, reloadPlan] = useLoaded(() => outcomeOf(api.GET('/api/backups/plan')), []);
  const reload = (): void => {
    reloadIntegrity();
    reloadPlan();
  };
  useRefresh(reloadIntegrity);
  const failure = integrity.value.failure ?? plan.value.failure;
  const [now, due] = [integrity.value.value?.item, plan.value.value?.item];
  return (
    <Page title={overview.title} actions={now === undefined ? undefined : <Actions integrity={now} />}>
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {now === undefined || due === undefined ? (
        failure === undefined && <p>{common.loading}</p>
      ) : (
        <State integrity={now} plan={due} />
      )}
      {failure === undefined && (now === undefined || due === undefined) ? null : <Pictures />}
    </Page>
  );
}

function State({ integrity, plan }: { readonly integrity: Integrity; readonly plan: Plan }) {
  return (
    <>
      <Answer integrity={integrity} plan={plan} />
      <Attention integrity={integrity} />
    </>
  );
}

/** What one most often wants to do next. */
function Actions({ integrity }: { readonly integrity: Integrity }) {
  const { overview } = texts();
  const failure = useSignal<Failure | undefined>(undefined);
  const test = async (): Promise<void> => {
    failure.value = undefined;
    const outcome = await outcomeOf(api.POST('/api/backups/integrity/run'));
    if (outcome.ok) goTo(`#/restores/${outcome.value.restore_id}`);
    else failure.value = outcome.failure;
  };
  return (
    <>
      {may('backups.restore') && integrity.last_successful_backup_id !== undefined ? (
        <button type="button" class="button" onClick={() => void test()}>
          {overview.testNow}
        </button>
      ) : null}
      {may('backups.create') ? (
        <a class="button button-primary" href="#/backups">
          {overview.makeBackup}
        </a>
      ) : null}
      {failure.value === undefined ? null : <FailureNotice failure={failure.value} />}
    </>
  );
}

/** The four pictures. They are asked for when the sentence is painted, which must not wait for thousands of backups. */
function Pictures() {
  const isPainted = useSignal(false);
  useEffect(() => {
    isPainted.value = true;
  }, []);
  return isPainted.value ? <LoadedPictures /> : null;
}

function LoadedPictures() {
  const [history, reload] = useLoaded(
    () => outcomeOf(api.GET('/api/backups/history', { params: { query: { days: DAYS } } })),
    [],
  );
  const [storages, reloadStorages] = useLoaded(() => outcomeOf(api.GET('/api/backups/storages')), []);
  const { value, failure } = history.value;
  const rooms = storages.value;
  return (
    <div class="panels">
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined ? null : <HistoryPictures history={value} />}
      {rooms.failure === undefined ? null : <FailureNotice failure={rooms.failure} onRetry={reloadStorages} />}
      {rooms.value === undefined ? null : <Rooms storages={rooms.value.items} history={value} />}
    </div>
  );
}

function HistoryPictures({ history }: { readonly history: History }) {
  const days = useMemo(() => daysOf(history, DAYS, new Date()), [history]);
  const good = useMemo(
    () => history.items.filter(({ status, source }) => status === 'success' && source === 'local'),
    [history],
  );
  return (
    <>
      <Calendar days={days} />
      <SizeTrend backups={good} days={days} />
      <DurationTrend backups={good} days={days} />
    </>
  );
}

interface RoomsProps {
  readonly storages: readonly StorageRoom[];
  readonly history: History | undefined;
}

function Rooms({ storages, history }: RoomsProps) {
  const newest = history?.items.findLast(({ status, source }) => status === 'success' && source === 'local');
  return <StorageRooms storages={storages} newestBytes={newest?.size_bytes} />;
}
