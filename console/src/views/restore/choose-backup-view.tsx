import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import type { Backup } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Page } from '../../components/page';
import { Pager } from '../../components/pager';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { useLoaded } from '../../components/use-loaded';
import { formatBytes } from '../../formats/bytes';
import { hrefOf } from '../../routing/route';
import { texts } from '../../texts/texts';
import { backupName, contentsText } from '../backups/backup-name';
import { StateBadge } from '../backups/state-badge';

const PAGE_SIZE = 15;

/** The first step of a restore: which backup. Only those that were made are here. */
export function ChooseBackupView() {
  const { choosing, title } = texts().restore;
  const offset = useSignal(0);
  const [loaded, reload] = useLoaded(
    () =>
      outcomeOf(
        api.GET('/api/backups', {
          params: { query: { status: 'success', sort: '-created_at', limit: PAGE_SIZE, offset: offset.value } },
        }),
      ),
    [offset.value],
  );
  const { value, failure } = loaded.value;
  return (
    <Page
      title={title}
      actions={
        <a class="button" href="#/restores">
          {choosing.seeRuns}
        </a>
      }
    >
      <p>{choosing.lead}</p>
      <p class="quiet">{choosing.newest}</p>
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined ? (
        <p class="quiet">{failure === undefined ? texts().common.loading : ''}</p>
      ) : (
        <div class="panel">
          <Table
            caption={choosing.lead}
            columns={columns()}
            rows={value.items}
            keyOf={({ id }) => id}
            empty={choosing.none}
          />
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

function columns(): readonly Column<Backup>[] {
  const { backups, restore } = texts();
  const { columns: names } = backups.list;
  return [
    {
      key: 'backup',
      title: names.backup,
      cell: (backup) => (
        <span class="stacked">
          <strong>{backupName(backup)}</strong>
          <span class="quiet">{contentsText(backup)}</span>
        </span>
      ),
    },
    {
      key: 'made',
      title: names.made,
      cell: ({ created_at: at }) => (
        <span class="stacked">
          <Time at={at} />
          <span class="quiet">
            <Time at={at} relative />
          </span>
        </span>
      ),
    },
    { key: 'state', title: names.state, cell: (backup) => <StateBadge backup={backup} /> },
    {
      key: 'size',
      title: names.size,
      align: 'end',
      cell: ({ size_bytes: size }) => (size === undefined ? '–' : formatBytes(size)),
    },
    {
      key: 'choose',
      title: '',
      cell: (backup) => (
        <a
          class="button"
          href={hrefOf(`/restore/${backup.id}`)}
          aria-label={`${restore.choosing.choose}: ${backupName(backup)}`}
        >
          {restore.choosing.choose}
        </a>
      ),
    },
  ];
}
