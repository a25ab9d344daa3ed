import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import type { Failure } from '../../api/failure';
import type { RestoreRun } from '../../api/types';
import { ConfirmDialog } from '../../components/confirm-dialog';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { formatTime } from '../../formats/time';
import { hrefOf } from '../../routing/route';
import { goTo } from '../../routing/router';
import { may } from '../../session/permissions';
import { texts } from '../../texts/texts';
import { PromoteDialog } from './promote-dialog';
import { isRunOver, safetyBackupOf } from './run';
import { actionsOnRun } from './run-actions';
import { useNow } from './use-now';

interface Props {
  readonly run: RestoreRun;
  /** The run as it is after something was done with it. */
  readonly onChange: (run: RestoreRun) => void;
}

/** What can be done with a run: end it while it goes on; afterwards undo it, or use or drop what it has kept. */
export function RunButtons({ run, onChange }: Props) {
  const asked = useSignal<'rollback' | 'promote' | 'discard' | undefined>(undefined);
  const actions = actionsOnRun(run, may, useNow(isRunOver(run)));
  const { after, choice } = texts().restore;
  const params = { path: { id: run.id } };
  const close = (): void => {
    asked.value = undefined;
  };
  const rollBack = async () => {
    const outcome = await outcomeOf(api.POST('/api/backups/restores/{id}/rollback', { params }));
    if (outcome.ok) goTo(hrefOf(`/restores/${outcome.value.restore_id}`));
    return outcome;
  };
  const discard = async () => {
    const outcome = await outcomeOf(api.POST('/api/backups/restores/{id}/discard', { params }));
    if (outcome.ok) onChange(outcome.value.item);
    return outcome;
  };
  const until = formatTime(run.rollback_until ?? run.kept_until ?? run.updated_at);
  const database = run.scratch_database ?? '';
  return (
    <>
      {actions.has('cancel') ? <CancelButton run={run} /> : null}
      {actions.has('rollback') ? (
        <section class="panel panel-wide" aria-label={after.undo}>
          <p>{after.undoUntil(until)}</p>
          <button type="button" class="button" onClick={() => (asked.value = 'rollback')}>
            {after.undo} …
          </button>
        </section>
      ) : null}
      <UndoBySafety run={run} />
      {actions.has('discard') ? (
        <section class="panel panel-wide" aria-label={after.keptRehearsal(database, until)}>
          <p>
            <strong>{after.keptRehearsal(database, until)}</strong> {after.look}
          </p>
          <div class="actions">
            {actions.has('promote') ? (
              <button type="button" class="button button-danger" onClick={() => (asked.value = 'promote')}>
                {choice.promote} …
              </button>
            ) : null}
            <button type="button" class="button" onClick={() => (asked.value = 'discard')}>
              {choice.discard} …
            </button>
          </div>
        </section>
      ) : null}
      {asked.value === 'rollback' ? (
        <ConfirmDialog
          title={after.undoConfirm}
          word={after.undoWord}
          action={after.undo}
          isDangerous
          onConfirm={rollBack}
          onClose={close}
        >
          <p>{after.undoUntil(until)}</p>
        </ConfirmDialog>
      ) : null}
      {asked.value === 'promote' ? <PromoteDialog runId={run.id} database={database} onClose={close} /> : null}
      {asked.value === 'discard' ? (
        <ConfirmDialog
          title={after.discardTitle}
          action={choice.discard}
          isDangerous
          onConfirm={discard}
          onClose={close}
        >
          <p>{after.keptRehearsal(database, until)}</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

function CancelButton({ run }: { readonly run: RestoreRun }) {
  const { watch } = texts().restore;
  const isAsked = useSignal(false);
  const failure = useSignal<Failure | undefined>(undefined);
  const cancel = async (): Promise<void> => {
    isAsked.value = true;
    const outcome = await outcomeOf(
      api.POST('/api/backups/restores/{id}/cancel', { params: { path: { id: run.id } } }),
    );
    isAsked.value = outcome.ok;
    failure.value = outcome.ok ? undefined : outcome.failure;
  };
  return (
    <div class="panel-wide">
      {failure.value === undefined ? null : <FailureNotice failure={failure.value} />}
      {isAsked.value ? (
        <Notice tone="neutral">{watch.canceling}</Notice>
      ) : (
        <button type="button" class="button" onClick={() => void cancel()}>
          {watch.cancel}
        </button>
      )}
    </div>
  );
}

/** A restore in place, or of scopes, keeps no old database: its safety backup undoes it. */
function UndoBySafety({ run }: { readonly run: RestoreRun }) {
  const id = safetyBackupOf(run);
  if (id === undefined || run.status !== 'success') return null;
  const { after } = texts().restore;
  return (
    <section class="panel panel-wide" aria-label={after.undo}>
      <p>{after.undoBySafety(id)}</p>
      {may('backups.restore') ? (
        <a class="button" href={hrefOf(`/restore/${id}`)}>
          {texts().backups.actions.restore}
        </a>
      ) : null}
    </section>
  );
}
