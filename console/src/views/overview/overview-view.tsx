import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo } from 'preact/hooks';
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
import { NOTHING_SEEN, type Seen } from './safety';
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
  const seen = useSignal<Seen>(NOTHING_SEEN);
  const turn = useSignal(0);
  const refresh = useCallback(() => {
    reloadIntegrity();
    reloadPlan();
    turn.value += 1;
  }, [reloadIntegrity, reloadPlan, turn]);
  useRefresh(refresh);
  const failure = integrity.value.failure ?? plan.value.failure;
  const [now, due] = [integrity.value.value?.item, plan.value.value?.item];
  return (
    <Page title={overview.title} actions={now === undefined ? undefined : <Actions integrity={now} />}>
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {now === undefined || due === undefined ? (
        failure === undefined && <p>{common.loading}</p>
      ) : (
        <State integrity={now} plan={due} seen={seen.value} />
      )}
      {failure === undefined && (now === undefined || due === undefined) ? null : (
        <Pictures turn={turn} onSeen={(next) => (seen.value = next)} />
      )}
    </Page>
  );
}

interface StateProps {
  readonly integrity: Integrity;
  readonly plan: Plan;
  readonly seen: Seen;
}

function State({ integrity, plan, seen }: StateProps) {
  return (
    <>
      <Answer integrity={integrity} plan={plan} seen={seen} />
      <Attention integrity={integrity} seen={seen} />
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

/** The answer before while a new one says the same: pictures are not drawn anew for it. */
function useSame<T>(value: T | undefined): T | undefined {
  const words = JSON.stringify(value);
  return useMemo(() => value, [words]);
}

interface PicturesProps {
  /** Counts how often all was asked for anew. */
  readonly turn: ReadonlySignal<number>;
  /** Called with what the sentence does not know yet. */
  readonly onSeen: (seen: Seen) => void;
}

/** The four pictures. They are asked for when the sentence is painted, which must not wait for thousands of backups. */
function Pictures(props: PicturesProps) {
  const isPainted = useSignal(false);
  useEffect(() => {
    isPainted.value = true;
  }, []);
  return isPainted.value ? <LoadedPictures {...props} /> : null;
}

function LoadedPictures({ turn, onSeen }: PicturesProps) {
  const [history, reload] = useLoaded(
    () => outcomeOf(api.GET('/api/backups/history', { params: { query: { days: DAYS } } })),
    [turn.value],
  );
  const [storages, reloadStorages] = useLoaded(() => outcomeOf(api.GET('/api/backups/storages')), [turn.value]);
  const { failure } = history.value;
  const value = useSame(history.value.value);
  const rooms = storages.value;
  useEffect(() => onSeen({ storages: rooms.value?.items ?? [], history: value }), [rooms.value, value]);
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
