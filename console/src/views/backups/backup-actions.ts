import type { Backup } from '../../api/types';
import type { Permission } from '../../session/permissions';
import { isOver } from './backup';

/** What can be done with one backup. */
export type BackupAction =
  'cancel' | 'download' | 'rename' | 'pin' | 'unpin' | 'copies' | 'verify' | 'rehearse' | 'restore' | 'delete';

/** Whether the caller has a permission. */
export type May = (permission: Permission) => boolean;

/** What this caller can do with this backup now. Whatever is not in it would be refused, and is not shown. */
export function actionsOn(backup: Backup, may: May): ReadonlySet<BackupAction> {
  const actions = new Set<BackupAction>();
  const isMade = backup.status === 'success';
  if (may('backups.create')) {
    actions.add('rename').add(backup.pinned ? 'unpin' : 'pin');
    if (!isOver(backup)) actions.add('cancel');
    if (isMade && hasMissingCopies(backup)) actions.add('copies');
  }
  if (isMade && may('backups.download') && backup.error_code !== 'backups.file_missing') actions.add('download');
  if (isMade && may('backups.restore')) actions.add('verify').add('rehearse').add('restore');
  if (isOver(backup) && may('backups.delete')) actions.add('delete');
  return actions;
}

/** Whether a further storage lacks a file. Without further storages there is no list at all. */
function hasMissingCopies({ files = [] }: Backup): boolean {
  return files.some(({ state }) => state !== 'present');
}
