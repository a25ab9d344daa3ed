import { useSignal } from '@preact/signals';
import { api, outcomeOf, type Outcome } from '../../api/client';
import type { Failure } from '../../api/failure';
import type { Backup } from '../../api/types';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { hrefOf } from '../../routing/route';
import { goTo } from '../../routing/router';
import { may } from '../../session/permissions';
import { texts } from '../../texts/texts';
import { actionsOn, type BackupAction } from './backup-actions';
import { DeleteBackup } from './delete-backup';
import { RenameBackup } from './rename-backup';

interface Props {
  readonly backup: Backup;
  readonly onChange: () => void;
}

/** What this caller can do with a backup now. */
export function BackupButtons({ backup, onChange }: Props) {
  const { actions: text } = texts().backups;
  const asked = useSignal<'rename' | 'delete' | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const isBusy = useSignal(false);
  const areCopiesAsked = useSignal(false);
  const actions = actionsOn(backup, may);
  if (actions.size === 0) return null;
  const params = { path: { id: backup.id } };
  /** Does one thing at a time, and shows why it could not be done. */
  const act = async <T,>(call: () => Promise<Outcome<T>>, then: (value: T) => void): Promise<void> => {
    if (isBusy.value) return;
    isBusy.value = true;
    failure.value = undefined;
    const outcome = await call();
    isBusy.value = false;
    if (outcome.ok) then(outcome.value);
    else failure.value = outcome.failure;
  };
  const watch = ({ restore_id: id }: { readonly restore_id: number }): void => goTo(hrefOf(`/restores/${id}`));
  const pin = (pinned: boolean) => () =>
    act(() => outcomeOf(api.PATCH('/api/backups/{id}', { params, body: { pinned } })), onChange);
  const does: Partial<Record<BackupAction, () => unknown>> = {
    verify: () => act(() => outcomeOf(api.POST('/api/backups/{id}/verify', { params })), watch),
    rehearse: () =>
      act(
        () =>
          outcomeOf(
            api.POST('/api/backups/{id}/restore/dry-run', {
              params,
              body: { mode: 'rehearse', allow_incomplete: false },
            }),
          ),
        watch,
      ),
    rename: () => (asked.value = 'rename'),
    pin: pin(true),
    unpin: pin(false),
    copies: () =>
      act(
        () => outcomeOf(api.POST('/api/backups/{id}/copies', { params })),
        () => {
          areCopiesAsked.value = true;
          onChange();
        },
      ),
    cancel: () => act(() => outcomeOf(api.POST('/api/backups/{id}/cancel', { params })), onChange),
    delete: () => (asked.value = 'delete'),
  };
  return (
    <section class="panel-wide" aria-label={texts().backups.details.actions}>
      <div class="actions">
        {actions.has('restore') ? (
          <a class="button button-primary" href={hrefOf(`/restore/${backup.id}`)}>
            {text.restore}
          </a>
        ) : null}
        {actions.has('download') ? (
          <a class="button" href={`/api/backups/${backup.id}/download`} download>
            {text.download}
          </a>
        ) : null}
        {[...actions].map((action) => {
          const run = does[action];
          if (run === undefined) return null;
          return (
            <button
              key={action}
              type="button"
              class={`button${action === 'delete' ? ' button-danger' : ''}`}
              disabled={isBusy.value}
              onClick={() => void run()}
            >
              {text[action]}
            </button>
          );
        })}
      </div>
      {failure.value === undefined ? null : <FailureNotice failure={failure.value} />}
      {areCopiesAsked.value ? <Notice tone="neutral">{text.copiesAsked}</Notice> : null}
      {asked.value === 'rename' ? (
        <RenameBackup backup={backup} onRenamed={onChange} onClose={() => (asked.value = undefined)} />
      ) : null}
      {asked.value === 'delete' ? <DeleteBackup backup={backup} onClose={() => (asked.value = undefined)} /> : null}
    </section>
  );
}
