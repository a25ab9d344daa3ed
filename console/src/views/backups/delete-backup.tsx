import { api, outcomeOf } from '../../api/client';
import type { Backup } from '../../api/types';
import { ConfirmDialog } from '../../components/confirm-dialog';
import { goTo } from '../../routing/router';
import { texts } from '../../texts/texts';
import { backupName } from './backup-name';

/** Asks for the typed word before a backup is removed for ever. */
export function DeleteBackup({ backup, onClose }: { readonly backup: Backup; readonly onClose: () => void }) {
  const { remove } = texts().backups;
  const removeIt = async () => {
    const outcome = await outcomeOf(api.DELETE('/api/backups/{id}', { params: { path: { id: backup.id } } }));
    if (outcome.ok) goTo('#/backups');
    return outcome;
  };
  return (
    <ConfirmDialog
      title={remove.title}
      word={remove.word(backup.id)}
      action={remove.submit}
      isDangerous
      onConfirm={removeIt}
      onClose={onClose}
    >
      <p>
        <strong>{backupName(backup)}</strong>
      </p>
      <p>
        {remove.explain} {backup.status === 'success' ? remove.last : ''}
      </p>
    </ConfirmDialog>
  );
}
