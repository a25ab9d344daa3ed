import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import type { Backup } from '../../api/types';
import { ConfirmDialog } from '../../components/confirm-dialog';
import { Field } from '../../components/field';
import { texts } from '../../texts/texts';
import { labelOf } from './backup';

interface Props {
  readonly backup: Backup;
  readonly onRenamed: () => void;
  readonly onClose: () => void;
}

/** Asks for another label. */
export function RenameBackup({ backup, onRenamed, onClose }: Props) {
  const { actions, rename } = texts().backups;
  const label = useSignal(labelOf(backup) ?? '');
  const save = async () => {
    const outcome = await outcomeOf(
      api.PATCH('/api/backups/{id}', { params: { path: { id: backup.id } }, body: { label: label.value.trim() } }),
    );
    if (outcome.ok) onRenamed();
    return outcome;
  };
  return (
    <ConfirmDialog title={actions.rename} action={texts().common.save} onConfirm={save} onClose={onClose}>
      <Field label={rename.label} hint={rename.hint}>
        {(control) => (
          <input
            {...control}
            type="text"
            maxLength={64}
            value={label.value}
            onInput={({ currentTarget }) => (label.value = currentTarget.value)}
          />
        )}
      </Field>
    </ConfirmDialog>
  );
}
