import type { History, Integrity, Plan, StorageRoom } from '../../api/types';

/** What the answer to "am I safe?" turns on; the first that holds, the worst first. */
type Concern =
  | 'no_backup'
  | 'restore_test_failed'
  | 'backup_failed'
  | 'backup_overdue'
  | 'files_missing'
  | 'storage_unusable'
  | 'storage_away'
  | 'backup_suspicious'
  | 'never_proven'
  | 'proof_overdue'
  | 'plan_off'
  | 'attention'
  | 'none';

/** What the pictures know, once they are there: alerts come up to a minute later, that of a storage ten minutes. */
export interface Seen {
  readonly storages: readonly StorageRoom[];
  readonly history: Pick<History, 'items'> | undefined;
}

export const NOTHING_SEEN: Seen = { storages: [], history: undefined };

/** The answer: whether one can rely on the backups, and what speaks against it. */
export interface Safety {
  readonly answer: 'yes' | 'unproven' | 'no';
  readonly concern: Concern;
}

const NO: readonly Concern[] = [
  'no_backup',
  'restore_test_failed',
  'backup_failed',
  'backup_overdue',
  'files_missing',
  'storage_unusable',
  'storage_away',
];

/**
 * Judges by what the service knows: nothing is called safe that was not proven to be restorable within the interval, and
 * nothing while an alert says that backups fail, are late or are gone.
 */
export function judgeSafety(integrity: Integrity, plan: Plan, seen: Seen = NOTHING_SEEN): Safety {
  const concern = concernOf(integrity, plan, seen);
  if (concern === 'none' || concern === 'attention' || concern === 'plan_off') return { answer: 'yes', concern };
  return { answer: NO.includes(concern) ? 'no' : 'unproven', concern };
}

/** Storages that do not answer now. */
export function storagesAway({ storages }: Seen): readonly StorageRoom[] {
  return storages.filter(({ reachable }) => !reachable);
}

/** Whether the newest backup that has ended was made here and failed. */
function hasJustFailed({ history }: Seen): boolean {
  const newest = history?.items.findLast(
    ({ status, source }) => source === 'local' && (status === 'success' || status === 'failed'),
  );
  return newest?.status === 'failed';
}

function concernOf(integrity: Integrity, plan: Plan, seen: Seen): Concern {
  const alerts = new Set(integrity.alerts.map(({ alert }) => alert));
  if (integrity.last_successful_backup_at === undefined) return 'no_backup';
  if (alerts.has('restore_test_failed') || integrity.last_restore_test_status === 'failed')
    return 'restore_test_failed';
  for (const alert of ['backup_failed', 'backup_overdue', 'files_missing', 'storage_unusable'] as const)
    if (alerts.has(alert)) return alert;
  if (storagesAway(seen).length > 0) return 'storage_away';
  if (hasJustFailed(seen)) return 'backup_failed';
  if (alerts.has('backup_suspicious')) return 'backup_suspicious';
  if (integrity.last_proven_restorable_at === undefined) return 'never_proven';
  if (integrity.overdue || integrity.status !== 'ok') return 'proof_overdue';
  if (!plan.enabled) return 'plan_off';
  return alerts.size > 0 || integrity.leftovers.length > 0 ? 'attention' : 'none';
}
