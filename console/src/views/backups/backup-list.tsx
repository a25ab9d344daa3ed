import { useEffect } from 'preact/hooks';
import type { Backup } from '../../api/types';
import { Badge } from '../../components/status-badge';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { useBackup } from '../../components/use-run';
import { formatBytes } from '../../formats/bytes';
import { hrefOf } from '../../routing/route';
import { texts } from '../../texts/texts';
import { isOver, labelOf } from './backup';
import { backupName, contentsText } from './backup-name';
import { LiveProgress } from './live-progress';
import { StateBadge } from './state-badge';

interface Props {
  readonly items: readonly Backup[];
  /** A backup that was being made has ended: the list is older than that. */
  readonly onEnd: () => void;
}

/** Backups, each with what one has to know before trusting it. The one that is being made shows how far it is. */
export function BackupList({ items, onEnd }: Props) {
  const { list, title } = texts().backups;
  // A browser opens six connections to one host: following more than one backup would hold up everything else.
  const followedId = items.find(({ status }) => status === 'running')?.id;
  const columns: readonly Column<Backup>[] = [
    { key: 'backup', title: list.columns.backup, cell: (backup) => <NameCell backup={backup} /> },
    { key: 'made', title: list.columns.made, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      key: 'state',
      title: list.columns.state,
      cell: (backup) =>
        backup.id === followedId ? <FollowedState backup={backup} onEnd={onEnd} /> : <StateBadge backup={backup} />,
    },
    {
      key: 'size',
      title: list.columns.size,
      align: 'end',
      cell: ({ size_bytes: size }) => (size === undefined ? '–' : formatBytes(size)),
    },
    { key: 'origin', title: list.columns.origin, cell: (backup) => <OriginCell backup={backup} /> },
  ];
  return <Table caption={title} columns={columns} rows={items} keyOf={({ id }) => id} />;
}

function NameCell({ backup }: { readonly backup: Backup }) {
  const { backups } = texts();
  const isLabelled = labelOf(backup) !== undefined;
  return (
    <span class="stacked">
      <a href={hrefOf(`/backups/${backup.id}`)}>{backupName(backup)}</a>
      <span class="quiet">
        {isLabelled ? `${backups.number(backup.id)} · ` : ''}
        {contentsText(backup)}
      </span>
    </span>
  );
}

function OriginCell({ backup }: { readonly backup: Backup }) {
  const { backups } = texts();
  return (
    <span class="stacked">
      <span>{backups.triggers[backup.trigger]}</span>
      <span class="quiet">{backup.requested_by}</span>
      {backup.pinned ? <Badge tone="neutral" text={backups.list.pinned} /> : null}
    </span>
  );
}

function FollowedState({ backup, onEnd }: { readonly backup: Backup; readonly onEnd: () => void }) {
  const { item = backup } = useBackup(backup.id).value;
  const hasEnded = isOver(item);
  useEffect(() => {
    if (hasEnded) onEnd();
  }, [hasEnded]);
  return (
    <span class="stacked">
      <StateBadge backup={item} />
      {item.progress === undefined ? null : <LiveProgress progress={item.progress} />}
    </span>
  );
}
