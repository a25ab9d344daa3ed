import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, outcomeOf } from '../../api/client';
import { FailureNotice } from '../../components/failure-notice';
import { Page } from '../../components/page';
import { Pager } from '../../components/pager';
import { useLoaded } from '../../components/use-loaded';
import { goTo, replaceAddress } from '../../routing/router';
import { may } from '../../session/permissions';
import { texts } from '../../texts/texts';
import { BackupList } from './backup-list';
import { ImportPanel } from './import-panel';
import { ListControls } from './list-controls';
import { addressOf, filterOf, PAGE_SIZE, queryOf, type ListFilter } from './list-filter';
import { MakeBackup } from './make-backup';

const hrefOfList = (filter: ListFilter): string => {
  const address = addressOf(filter);
  return `#/backups${address === '' ? '' : `?${address}`}`;
};

/** The backups that there are, and the two ways to get one more. */
export function BackupsView({ query }: { readonly query: URLSearchParams }) {
  const { backups: text, common } = texts();
  const filter = filterOf(query);
  const isMaking = useSignal(false);
  const [loaded, reload] = useLoaded(
    () => outcomeOf(api.GET('/api/backups', { params: { query: queryOf(filter) } })),
    [addressOf(filter)],
  );
  useReloadOnReturn(reload);
  const { value, failure } = loaded.value;
  const actions = may('backups.create') ? (
    <button
      type="button"
      class="button button-primary"
      aria-expanded={isMaking.value}
      onClick={() => (isMaking.value = !isMaking.value)}
    >
      {text.make.open}
    </button>
  ) : undefined;
  return (
    <Page title={text.title} actions={actions}>
      {isMaking.value ? <MakeBackup onClose={() => (isMaking.value = false)} /> : null}
      {may('backups.import') ? <ImportPanel onImported={reload} /> : null}
      <ListControls filter={filter} onFilter={(next) => replaceAddress(hrefOfList(next))} />
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined ? <p class="quiet">{failure === undefined ? common.loading : ''}</p> : null}
      {value?.total === 0 ? <Empty isFiltered={addressOf(filter) !== ''} /> : null}
      {value === undefined || value.items.length === 0 ? null : (
        <div class="panel">
          <BackupList items={value.items} onEnd={reload} />
          <Pager
            offset={(filter.page - 1) * PAGE_SIZE}
            limit={PAGE_SIZE}
            total={value.total}
            onOffset={(offset) => goTo(hrefOfList({ ...filter, page: offset / PAGE_SIZE + 1 }))}
          />
        </div>
      )}
    </Page>
  );
}

function Empty({ isFiltered }: { readonly isFiltered: boolean }) {
  const { list } = texts().backups;
  if (!isFiltered)
    return (
      <p>
        <strong>{list.empty}</strong> {may('backups.create') || may('backups.import') ? list.emptyHint : ''}
      </p>
    );
  return (
    <p>
      {list.noMatch} <a href="#/backups">{list.clear}</a>
    </p>
  );
}

/** The plan and other people make backups, too: a page that is looked at again shows them. */
function useReloadOnReturn(reload: () => void): void {
  useEffect(() => {
    const onReturn = (): void => {
      if (document.visibilityState === 'visible') reload();
    };
    document.addEventListener('visibilitychange', onReturn);
    return () => document.removeEventListener('visibilitychange', onReturn);
  }, [reload]);
}
