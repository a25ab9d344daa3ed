import type { Backup } from '../../api/types';
import { Panel } from '../../components/panel';
import { Badge, type Tone } from '../../components/status-badge';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { codeText } from '../../texts/failure-text';
import { texts } from '../../texts/texts';

type File = NonNullable<Backup['files']>[number];

const TONES: Readonly<Record<File['state'], Tone>> = {
  pending: 'neutral',
  copying: 'active',
  present: 'good',
  missing: 'bad',
  damaged: 'bad',
  changed: 'bad',
  removing: 'neutral',
  expired: 'neutral',
};

/** Which storages have a backup, and since when each is known to be whole. */
export function BackupCopies({ backup }: { readonly backup: Backup }) {
  const { copies } = texts().backups;
  const columns: readonly Column<File>[] = [
    { key: 'storage', title: copies.storage, cell: ({ storage }) => (storage === 'first' ? copies.first : storage) },
    { key: 'state', title: copies.state, cell: (file) => <State file={file} /> },
    {
      key: 'verified',
      title: copies.verified,
      cell: ({ verified_at: at }) => (at === undefined ? copies.never : <Time at={at} />),
    },
  ];
  return (
    <Panel title={copies.title}>
      {backup.files === undefined ? (
        <p class="quiet">{copies.onlyFirst}</p>
      ) : (
        <Table caption={copies.title} columns={columns} rows={backup.files} keyOf={({ storage }) => storage} />
      )}
    </Panel>
  );
}

function State({ file: { state, error_code: code } }: { readonly file: File }) {
  return (
    <span class="stacked">
      <Badge tone={TONES[state]} text={texts().backups.copies.states[state]} />
      {code === undefined ? null : <span class="quiet">{codeText(code, code)}</span>}
    </span>
  );
}
