import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import { ConfirmDialog } from '../../components/confirm-dialog';
import { Field } from '../../components/field';
import { hrefOf } from '../../routing/route';
import { goTo } from '../../routing/router';
import { texts } from '../../texts/texts';

interface Props {
  readonly runId: number;
  readonly database: string;
  readonly onClose: () => void;
}

/** Asks for the name of the live database before the one of a rehearsal takes its place. The service compares it. */
export function PromoteDialog({ runId, database, onClose }: Props) {
  const { after, choice } = texts().restore;
  const confirm = useSignal('');
  const promote = async () => {
    const outcome = await outcomeOf(
      api.POST('/api/backups/restores/{id}/promote', {
        params: { path: { id: runId } },
        body: { confirm: confirm.value },
      }),
    );
    if (outcome.ok) goTo(hrefOf(`/restores/${outcome.value.restore_id}`));
    return outcome;
  };
  return (
    <ConfirmDialog title={after.promoteTitle} action={choice.promote} isDangerous onConfirm={promote} onClose={onClose}>
      <p>{choice.promoteHint(database)}</p>
      <Field label={choice.confirm} hint={choice.confirmHint}>
        {(control) => (
          <input
            {...control}
            type="text"
            required
            autocomplete="off"
            spellcheck={false}
            maxLength={63}
            value={confirm.value}
            onInput={({ currentTarget }) => (confirm.value = currentTarget.value)}
          />
        )}
      </Field>
    </ConfirmDialog>
  );
}
